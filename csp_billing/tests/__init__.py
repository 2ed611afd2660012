from . import (
    test_billing_race,
    test_billing_run,
    test_cancellation,
    test_charge,
    test_engine_plan,
    test_engine_properties,
    test_engine_vectors,
    test_hold,
    test_order_invoice,
    test_price_impact,
    test_run_jobs,
    test_safeguards,
)
