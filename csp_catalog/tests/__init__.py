from . import common
from . import test_engine_prices
from . import test_engine_sheet
from . import test_price_sheet
from . import test_prices_orm
