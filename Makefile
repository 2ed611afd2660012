# Every target is one call of the tool in devkit/; `make help` explains them.
PYTHON ?= python3
ARGS ?=

.PHONY: help demo test lint bench shell setup clean

help demo test lint bench shell setup clean:
	@$(PYTHON) -m devkit $@ $(ARGS)
