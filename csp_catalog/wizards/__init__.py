from . import csp_price_sheet_import
