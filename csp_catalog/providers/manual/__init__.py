"""Provider without a system: a person fulfils and posts the result."""

from .adapter import ManualAdapter

__all__ = ["ManualAdapter"]
