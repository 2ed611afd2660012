from . import (
    test_billing_run,
    test_charge,
    test_engine_plan,
    test_engine_properties,
    test_engine_vectors,
    test_hold,
)
