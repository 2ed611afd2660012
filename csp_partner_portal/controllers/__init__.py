from . import common
from . import tenant_form
from . import home
from . import catalog
from . import customers
from . import subscriptions
from . import renewals
from . import shop
