"""A separate process that behaves like the documented part of Partner Center.

Start it with ``python -m simulator`` and ``PYTHONPATH`` set to the add-on directory.
It needs nothing but the standard library and never imports odoo.
"""
