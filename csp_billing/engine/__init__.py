"""Billing rules as pure functions: values in, values out, no ORM and no clock."""

from . import money, periods, plan, proration, timeline
