from . import common
from . import test_prices_orm
