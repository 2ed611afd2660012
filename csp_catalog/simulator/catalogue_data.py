"""What is on sale: real product names, prices constructed around public price points.

Identifiers that the public documentation gives are kept; the others are constructed.
A price is the yearly list price of one seat in US dollars; currencies and terms are
derived from it (see ``catalogue.py``).
"""

from __future__ import annotations

from typing import NamedTuple

COMMERCIAL = "Commercial"
EDUCATION = "Education"
GOVERNMENT = "Government"
CHARITY = "Charity"

ALL_PAIRS = (
    ("P1M", "Monthly"),
    ("P1Y", "Monthly"),
    ("P1Y", "Annual"),
    ("P3Y", "Monthly"),
    ("P3Y", "Annual"),
    ("P3Y", "Triennial"),
)
TERM_PAIRS = ALL_PAIRS[:3]


class Family(NamedTuple):
    """A product: its SKUs are given as (sku id, title, yearly USD, pairs, tags)."""

    product_id: str
    title: str
    yearly_usd: str
    long_terms: bool = True
    small_business: bool = False
    trial: bool = False
    segments: tuple = (COMMERCIAL,)
    sku_id: str = "0001"


# Products whose price never moves, so that examples and tests can name amounts.
PINNED = {
    "CFQ7TTC0LH18",  # Business Basic, price points of the public documentation
    "CFQ7TTC0LDPB",
    "CFQ7TTC0LCHC",
    "CFQ7TTC0LFLX",
}

MULTI_GEO = "CFQ7TTC0LHRL"

_EDU = (COMMERCIAL, EDUCATION, CHARITY)
_ALL = (COMMERCIAL, EDUCATION, GOVERNMENT, CHARITY)

FAMILIES = (
    Family(
        "CFQ7TTC0LH18",
        "Microsoft 365 Business Basic",
        "60",
        small_business=True,
        trial=True,
        segments=(COMMERCIAL, CHARITY),
    ),
    Family(
        "CFQ7TTC0LDPB",
        "Microsoft 365 Business Standard",
        "150",
        small_business=True,
        trial=True,
        segments=(COMMERCIAL, CHARITY),
    ),
    Family(
        "CFQ7TTC0LCHC",
        "Microsoft 365 Business Premium",
        "264",
        small_business=True,
        trial=True,
        segments=(COMMERCIAL, CHARITY),
        sku_id="0002",
    ),
    Family("CFQ7TTC0LFLX", "Microsoft 365 E3", "432", trial=True, segments=_ALL),
    Family("CFQ7TTC0LFLZ", "Microsoft 365 E5", "684", trial=True, segments=_ALL),
    Family("CFQ7TTC0MBMD", "Microsoft 365 F1", "27", segments=(COMMERCIAL, CHARITY)),
    Family("CFQ7TTC0LH05", "Microsoft 365 F3", "96", segments=(COMMERCIAL, CHARITY)),
    Family("CFQ7TTC0LF8Q", "Office 365 E1", "120", segments=_ALL),
    Family("CFQ7TTC0LF8R", "Office 365 E3", "276", segments=_ALL),
    Family("CFQ7TTC0LF8S", "Office 365 E5", "456", segments=_ALL),
    Family("CFQ7TTC0LGZM", "Office 365 F3", "48"),
    Family(
        "CFQ7TTC0LH1G",
        "Microsoft 365 Apps for business",
        "99",
        small_business=True,
    ),
    Family("CFQ7TTC0LGTX", "Microsoft 365 Apps for enterprise", "144", segments=_EDU),
    Family("CFQ7TTC0LH16", "Exchange Online (Plan 1)", "48", segments=_ALL),
    Family("CFQ7TTC0LH1P", "Exchange Online (Plan 2)", "96", segments=_ALL),
    Family("CFQ7TTC0LH0J", "Exchange Online Archiving", "36"),
    Family("CFQ7TTC0LH0D", "Exchange Online Kiosk", "24"),
    Family("CFQ7TTC0LH0N", "SharePoint (Plan 1)", "60", segments=_ALL),
    Family("CFQ7TTC0LH14", "SharePoint (Plan 2)", "120"),
    Family("CFQ7TTC0LHSV", "OneDrive for Business (Plan 1)", "60"),
    Family("CFQ7TTC0LHSW", "OneDrive for Business (Plan 2)", "120"),
    Family("CFQ7TTC0JN4R", "Microsoft Teams Essentials", "48", small_business=True),
    Family("CFQ7TTC0RM8K", "Microsoft Teams Premium", "120", trial=True),
    Family("CFQ7TTC0LH0T", "Microsoft Teams Phone Standard", "96", segments=_EDU),
    Family("CFQ7TTC0LHT0", "Microsoft Teams Domestic Calling Plan", "144"),
    Family("CFQ7TTC0QW5R", "Microsoft Teams Rooms Pro", "480"),
    Family("CFQ7TTC0HDK0", "Advanced Communications", "144"),
    Family("CFQ7TTC0LHR4", "Power BI Pro", "120", trial=True, segments=_ALL),
    Family("CFQ7TTC0HL8W", "Power BI Premium Per User", "240", segments=_EDU),
    Family("CFQ7TTC0LH3L", "Power Automate Premium", "180", segments=_EDU),
    Family("CFQ7TTC0LH2H", "Power Apps Premium", "240", segments=_EDU),
    Family("CFQ7TTC0LSGZ", "Power Pages authenticated users T1", "2400", False),
    Family("CFQ7TTC0HD32", "Visio Plan 1", "60", segments=_EDU),
    Family("CFQ7TTC0HD33", "Visio Plan 2", "180", segments=_EDU),
    Family("CFQ7TTC0HDB1", "Project Plan 1", "120", segments=_EDU),
    Family("CFQ7TTC0HDB0", "Planner and Project Plan 3", "360", segments=_EDU),
    Family("CFQ7TTC0HD9Z", "Planner and Project Plan 5", "660", segments=_EDU),
    Family("CFQ7TTC0MM8R", "Microsoft 365 Copilot", "360", segments=_EDU),
    Family("CFQ7TTC0N8SS", "Microsoft Copilot Studio", "2400", False),
    Family("CFQ7TTC0LFLS", "Microsoft Entra ID P1", "72", segments=_ALL),
    Family("CFQ7TTC0LFK5", "Microsoft Entra ID P2", "108", segments=_EDU),
    Family("CFQ7TTC0PT3D", "Microsoft Entra Suite", "144"),
    Family("CFQ7TTC0LCH4", "Microsoft Intune Plan 1", "96", segments=_EDU),
    Family("CFQ7TTC0LX1D", "Microsoft Intune Suite", "120"),
    Family("CFQ7TTC0LHQ9", "Enterprise Mobility + Security E3", "127.2", segments=_ALL),
    Family("CFQ7TTC0LFJ1", "Enterprise Mobility + Security E5", "196.8", segments=_ALL),
    Family(
        "CFQ7TTC0JNBM", "Microsoft Defender for Business", "36", small_business=True
    ),
    Family("CFQ7TTC0LH04", "Microsoft Defender for Office 365 (Plan 1)", "24"),
    Family("CFQ7TTC0LHXH", "Microsoft Defender for Office 365 (Plan 2)", "60"),
    Family("CFQ7TTC0LGV0", "Microsoft Defender for Endpoint P2", "62.4"),
    Family("CFQ7TTC0J1GB", "Microsoft Defender for Endpoint P1", "36"),
    Family("CFQ7TTC0LH3N", "Microsoft Purview Information Protection P1", "24"),
    Family("CFQ7TTC0HXQ7", "Windows 365 Business 2 vCPU 8 GB 128 GB", "540", False),
    Family("CFQ7TTC0HHS9", "Windows 365 Enterprise 4 vCPU 16 GB 256 GB", "912", False),
    Family("CFQ7TTC0LGTW", "Windows 10/11 Enterprise E3", "84"),
    Family("CFQ7TTC0LFNW", "Windows 10/11 Enterprise E5", "132"),
    Family("CFQ7TTC0LH33", "Dynamics 365 Sales Professional", "780"),
    Family("CFQ7TTC0LFF1", "Dynamics 365 Sales Enterprise", "1140"),
    Family("CFQ7TTC0LH34", "Dynamics 365 Customer Service Professional", "600"),
    Family("CFQ7TTC0HBM8", "Dynamics 365 Business Central Essentials", "840"),
    Family("CFQ7TTC0HBMB", "Dynamics 365 Business Central Premium", "1200"),
    Family("CFQ7TTC0HBM9", "Dynamics 365 Business Central Team Members", "96"),
    Family("CFQ7TTC0EXAM", "Dynamics 365 Commerce", "2160", sku_id="0003"),
    Family("CFQ7TTC0EXA2", "Dynamics 365 Guides", "780", trial=True),
    Family(
        "CFQ7TTC0EXA3",
        "Office 365 A3 (Education)",
        "40.625",
        segments=(EDUCATION,),
        sku_id="0006",
    ),
    Family(MULTI_GEO, "Multi-Geo Capabilities in Microsoft 365", "24"),
)

# Product: the products one of which the customer must have. Constructed from what the
# products are; the simulator shows them and does not enforce them.
PREREQUISITES = {
    "CFQ7TTC0LHT0": ("CFQ7TTC0LH0T", "CFQ7TTC0LFLZ"),  # calling plan: a phone system
    "CFQ7TTC0HBM9": ("CFQ7TTC0HBM8", "CFQ7TTC0HBMB"),  # team members: a full user
    "CFQ7TTC0LH0J": ("CFQ7TTC0LH16", "CFQ7TTC0LF8Q"),  # archiving: a mailbox
    MULTI_GEO: ("CFQ7TTC0LFLX", "CFQ7TTC0LFLZ", "CFQ7TTC0LF8R", "CFQ7TTC0LF8S"),
}
# Smallest quantity of one line; 1 where nothing is said.
MINIMUM_SEATS = {"CFQ7TTC0HBM9": 5}
# Add-ons that need a share of the seats of their base products.
ADDON_BASES = {MULTI_GEO: PREREQUISITES[MULTI_GEO]}

# Product: (year, month) from whose first day on it is not sold any more, constructed.
END_OF_SALE = {
    "CFQ7TTC0HDK0": (2026, 12),  # Advanced Communications
    "CFQ7TTC0LHSW": (2027, 1),  # OneDrive for Business (Plan 2)
    "CFQ7TTC0LH0D": (2027, 2),  # Exchange Online Kiosk
    "CFQ7TTC0HDB1": (2027, 4),  # Project Plan 1
    "CFQ7TTC0LGZM": (2027, 8),  # Office 365 F3
}

# Name parts of constructed products, for large sheets.
FILLER_MAKERS = ("Contoso", "Fabrikam", "Northwind", "Litware", "Proseware", "Tailspin")
FILLER_THINGS = (
    "Backup",
    "Mail Signature",
    "Password Vault",
    "Document Flow",
    "Awareness Training",
    "Call Recording",
    "Endpoint Patch",
    "Contract Desk",
    "Time Sheets",
    "Archive",
)
FILLER_LEVELS = ("Starter", "Team", "Business", "Enterprise", "Premium")
