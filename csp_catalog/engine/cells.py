"""Reading single cells of a vendor's price sheet.

Every reader returns a value or raises ``CellError`` with a reason that a person can
act on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

PRICE_STEP = Decimal("0.000001")
PRICE_LIMIT = Decimal(1_000_000_000)
OPEN_YEAR_FROM = 9000
ALWAYS_YEAR_TO = 1753
MAX_TIER = 2_147_483_647

CURRENCIES = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL "
    "BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD "
    "EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR "
    "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG "
    "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS "
    "UAH UGX USD UYU UZS VEF VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL".split()
)

_NUMBER = re.compile(r"\d+(\.\d+)?\Z", re.ASCII)
_ISO_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?\Z",
    re.ASCII,
)
_US_DATE = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})"
    r"(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp][Mm]))?)?\Z",
    re.ASCII,
)
_PLAIN_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*\Z")
_FORMULA = re.compile(r"[\s\"']*(?:[=@\uff1d\uff20]|[+\-\uff0b\uff0d](?=[^\s\-]))")


class CellError(ValueError):
    """A cell that cannot be used, with the reason in words."""


def read_price(text: str) -> Decimal:
    """Return a price with at most six decimals."""
    if not _NUMBER.match(text):
        raise CellError(_price_reason(text))
    value = Decimal(text)
    if value >= PRICE_LIMIT:
        raise CellError("The price is impossibly high.")
    return value.quantize(PRICE_STEP, ROUND_HALF_UP)


def _price_reason(text: str) -> str:
    if not text:
        return "The price is missing."
    if text.startswith("-") and _NUMBER.match(text[1:]):
        return "The price is negative."
    if re.match(r"\d+,\d{1,2}\Z|\d{1,3}(\.\d{3})+,\d+\Z", text):
        return (
            "The price has a decimal comma. Download the sheet again and do not save "
            "it with a spreadsheet program."
        )
    if re.match(r"\d{1,3}(,\d{3})+(\.\d+)?\Z", text):
        return "The price has thousands separators. Use digits and one point only."
    return "This is not a price. Use digits and one decimal point, such as 46.08."


def read_start(text: str) -> datetime | None:
    """Return the first instant (naive UTC); None when it has always been valid."""
    if not text:
        raise CellError("The start date is missing.")
    moment = _read_moment(text)[0]
    return None if moment.year <= ALWAYS_YEAR_TO else moment


def read_end(text: str) -> datetime | None:
    """Return the first instant that is no longer valid; None when the end is open.

    The sheet names the last valid second (23:59:59) or minute; an end at midnight
    is taken as it stands.
    """
    if not text:
        return None
    moment, step = _read_moment(text)
    if moment.year >= OPEN_YEAR_FROM:
        return None
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment
    return moment + step


def _read_moment(text: str) -> tuple[datetime, timedelta]:
    """Return (naive UTC instant, smallest step the text can express)."""
    match = _ISO_DATE.match(text)
    if match:
        year, month, day, hour, minute, second, zone = match.groups()
    else:
        match = _US_DATE.match(text)
        if not match:
            raise CellError(
                "This is not a date. Dates look like 2023-02-01T00:00:00Z, "
                "2/1/2023 12:00:00 AM or 2/1/2023 0:00."
            )
        month, day, year, hour, minute, second, half = match.groups()
        zone = None
        hour = _hour_of(hour, half)
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
        )
    except ValueError:
        raise CellError(
            "This day or time does not exist. Dates are written month/day/year."
        ) from None
    if zone and zone != "Z":
        try:
            aware = datetime.fromisoformat(moment.isoformat() + zone)
            # The first or the last day that there is stands for “always”.
            with suppress(OverflowError):
                moment = aware.astimezone(timezone.utc).replace(tzinfo=None)
        except ValueError:
            raise CellError("This time zone does not exist.") from None
    step = timedelta(seconds=1) if second or not hour else timedelta(minutes=1)
    return moment, step


def _hour_of(hour: str | None, half: str | None) -> int:
    number = int(hour or 0)
    if not half:
        return number
    if not 1 <= number <= 12:
        raise CellError("This time does not exist.")
    return number % 12 + (12 if half.lower() == "pm" else 0)


def read_tier(text: str) -> int:
    """Return a tier border; 0 when the cell is empty."""
    if not text:
        return 0
    if text.endswith(".0"):
        text = text[:-2]
    # Digits of other scripts, and numbers that nobody could mean, are none.
    is_number = text.isascii() and text.isdecimal() and len(text) < 20
    if not is_number or int(text) > MAX_TIER:
        raise CellError("A tier border is a whole number of seats.")
    return int(text)


def read_sku(text: str) -> str:
    """Return a SKU id; give back the zeros that a spreadsheet program has eaten."""
    if not text:
        raise CellError("The SKU id is missing.")
    if text.isascii() and text.isdecimal() and len(text) < 4:
        return text.zfill(4)
    return read_ref(text)


def read_ref(text: str) -> str:
    """Return an identifier of the vendor."""
    if not text:
        raise CellError("The identifier is missing.")
    if not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
        raise CellError("An identifier has letters and digits only.")
    if len(text) > 64:
        raise CellError("The identifier is longer than 64 characters.")
    return text


def read_market(text: str) -> str:
    """Return a two-letter country code."""
    if len(text) != 2 or not text.isascii() or not text.isalpha():
        raise CellError("The market is a country code of two letters, such as DE.")
    return text.upper()


def read_currency(text: str) -> str:
    """Return a currency code."""
    code = text.upper()
    if code not in CURRENCIES:
        raise CellError("Unknown currency. Use a code of three letters, such as EUR.")
    return code


def read_text(text: str) -> str:
    """Return free text; refuse what a spreadsheet program would execute."""
    if _FORMULA.match(text):
        raise CellError("The text starts like a spreadsheet formula.")
    return text


def neutral(text: str) -> str:
    """Return text that no spreadsheet program executes, for lists people download."""
    if _FORMULA.match(text) and not _PLAIN_NUMBER.match(text):
        return "'" + text
    return text


def one_of(words: dict[str, str], reason: str) -> Callable[[str], str]:
    """Return a reader that translates one of ``words``, whatever its case."""

    def read(text: str) -> str:
        word = words.get(text.lower().replace(" ", "").replace("-", ""))
        if word is None:
            raise CellError(reason)
        return word

    return read
