"""Microsoft Partner Center, new commerce."""

from .adapter import PartnerCenterAdapter

__all__ = ["PartnerCenterAdapter"]
