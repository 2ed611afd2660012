"""Rules as pure functions: no odoo, no clock, no I/O."""
