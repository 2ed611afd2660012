from . import test_engine_plan, test_engine_properties, test_engine_vectors
