from . import (
    test_engine_changes,
    test_engine_renewal,
    test_engine_term,
)
