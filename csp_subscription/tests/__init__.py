from . import (
    test_change,
    test_demo,
    test_engine_changes,
    test_engine_renewal,
    test_engine_term,
    test_order,
    test_provisioning_http,
    test_race,
    test_renewal,
    test_security,
    test_state,
    test_task,
)
