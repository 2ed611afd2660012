"""Everything behind `make`: fetch, run, test and measure the add-ons.

Only the standard library is used, so that the package runs on the Python of a
bare machine before anything has been installed.
"""
