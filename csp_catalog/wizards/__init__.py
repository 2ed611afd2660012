from . import csp_bundle_comparison
from . import csp_price_explanation
from . import csp_price_sheet_confirm
from . import csp_price_sheet_import
from . import csp_program_comparison
from . import csp_suggestion_wizard
from . import csp_sale_stop
from . import csp_service_plan_import
