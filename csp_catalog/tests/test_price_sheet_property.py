"""For any sheets: their order does not matter, and undoing restores what was."""

from datetime import datetime
from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import prices
from ..engine.prices import NewerSheet, PriceRow
from .common import CspCatalogCommon, sheet_bytes
from .test_price_sheet_apply import PriceSheetCase

STARTS = (None, datetime(2026, 1, 1), datetime(2026, 3, 1), datetime(2026, 5, 1))
ENDS = (None, None, datetime(2026, 4, 1), datetime(2026, 7, 1))
MOMENTS = [datetime(2026, month, 15) for month in range(1, 9)]
SKUS = ("0001", "0002")
START_CELLS = {
    None: "1753-01-01T00:00:00Z",
    **{start: f"{start:%Y-%m-%dT%H:%M:%SZ}" for start in STARTS if start},
}
END_CELLS = {
    None: "9999-11-30T23:59:59Z",
    **{end: f"{end:%Y-%m-%dT%H:%M:%SZ}" for end in ENDS if end},
}

# One price of a sheet: (SKU, start, end, tier, cost).
row = st.tuples(
    st.sampled_from(SKUS),
    st.sampled_from(STARTS),
    st.sampled_from(ENDS),
    st.sampled_from((0, 10)),
    st.integers(1, 4),
).filter(lambda cell: not (cell[1] and cell[2]) or cell[1] < cell[2])
sheet_of = st.fixed_dictionaries(
    {
        "rows": st.lists(
            row,
            min_size=1,
            max_size=4,
            unique_by=lambda cell: (cell[0], *cell[1:2], cell[3]),
        ),
        "is_complete": st.booleans(),
    }
)


def build(cells, price_id=0):
    """Return a stored price, which serves as a row of a sheet as well."""
    sku, start, end, tier, cost = cells
    return PriceRow(
        "P", sku, "commercial", "P1Y", "annual", "DE", "EUR", tier, 0, start, end,
        Decimal(cost), Decimal(cost), price_id,
    )  # fmt: skip


class Row(PriceRow):
    """A row as the sheet's reader makes it."""

    line = 2


class Ledger:
    """Sheets applied to prices in memory, by the engine's comparison."""

    def __init__(self):
        self.prices = {}
        self.applied = []

    def apply(self, number, sheet):
        as_of = datetime(2026, 1 + number, 10)
        rows = [Row._make(build(cells)) for cells in sheet["rows"]]
        newer = [one for one in self.applied if one.sheet_id > number]
        known = list(self.prices.values())
        found = prices.diff(rows, known, newer, "list")
        if sheet["is_complete"]:
            prices.add_withdrawn(found, rows, known, as_of, number, newer)
        for change in found.changes:
            if change.status == prices.UNCHANGED:
                continue
            stored = change.row or change.known
            self.prices[stored.identity] = PriceRow._make(
                stored._replace(valid_to=change.valid_to, ended_by=change.ended_by)
            )
        self.applied.append(
            NewerSheet(
                number,
                as_of,
                "list",
                sheet["is_complete"],
                frozenset({"DE"}),
                frozenset(one.identity for one in rows),
            )
        )

    def table(self):
        """Return what every SKU costs on every day for few and for many seats."""
        result = {}
        for sku in SKUS:
            rows = [one for one in self.prices.values() if one.sku_ref == sku]
            for moment in MOMENTS:
                for quantity in (1, 20):
                    price = prices.resolve(rows, moment, quantity)
                    result[sku, moment, quantity] = price and price.unit_price
        return result


@tagged("csp")
class TestOrderOfSheets(BaseCase):
    @settings(max_examples=400, deadline=None)
    @given(sheets=st.lists(sheet_of, min_size=2, max_size=4), data=st.data())
    def test_the_order_of_import_does_not_matter(self, sheets, data):
        in_order, shuffled = Ledger(), Ledger()
        for number, sheet in enumerate(sheets):
            in_order.apply(number, sheet)
        for number, sheet in data.draw(st.permutations(list(enumerate(sheets)))):
            shuffled.apply(number, sheet)
        self.assertEqual(shuffled.table(), in_order.table())

    def test_tiers_that_overlap_are_chosen_by_their_width(self):
        cells = [("0001", None, None, 0, 3), ("0001", None, None, 10, 2)]
        for order in (cells, cells[::-1]):
            rows = [build(cell, number) for number, cell in enumerate(order)]
            self.assertEqual(prices.resolve(rows, MOMENTS[0], 20).unit_price, 2)
            self.assertEqual(prices.resolve(rows, MOMENTS[0], 1).unit_price, 3)


@tagged("post_install", "-at_install", "csp")
class TestPricesProperties(PriceSheetCase):
    def _cells(self, cells):
        sku, start, end, tier, cost = cells
        return {
            "SkuId": sku,
            "EffectiveStartDate": START_CELLS[start],
            "EffectiveEndDate": END_CELLS[end],
            "PricingTierRangeMin": str(tier or ""),
            "UnitPrice": str(cost),
            "ERP Price": str(cost * 2),
        }

    def _bring(self, sheet, as_of):
        return CspCatalogCommon._import_sheet.__func__(
            type(self),
            content=sheet_bytes(*map(self._cells, sheet["rows"])),
            is_complete=sheet["is_complete"],
            as_of=as_of,
        )

    def _table(self):
        # In both tables the same variants, whether on sale or not.
        self.program.sale_policy = "all"
        found = self._prices(is_superseded=False)
        table = {}
        for sku in SKUS:
            rows = [p._build_row() for p in found if p.sku_ref == sku]
            for moment in MOMENTS:
                for quantity in (1, 20):
                    price = prices.resolve(rows, moment, quantity)
                    table[sku, moment, quantity] = price and price.unit_price
        return table

    @settings(
        max_examples=8,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(sheets=st.lists(sheet_of, min_size=3, max_size=3, unique_by=repr))
    def test_order_of_three_sheets_in_the_database(self, sheets):
        tables = []
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
            savepoint = self.cr.savepoint()
            for number in order:
                self._bring(sheets[number], datetime(2026, 1 + number, 10))
            tables.append(self._table())
            self.env.flush_all()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        self.assertEqual(tables[1], tables[0])
        self.assertEqual(tables[2], tables[0])

    @settings(
        max_examples=10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(
        sheets=st.lists(sheet_of, min_size=2, max_size=3, unique_by=repr),
        policy=st.sampled_from(["all", "manual"]),
        is_older=st.booleans(),
    )
    @example(
        sheets=[
            {"rows": [("0001", None, None, 0, 1)], "is_complete": False},
            {"rows": [("0001", None, None, 0, 2)], "is_complete": True},
        ],
        policy="manual",
        is_older=False,
    )
    def test_undo_restores_the_exact_state(self, sheets, policy, is_older):
        savepoint = self.cr.savepoint()
        self.program.sale_policy = policy
        for number, sheet in enumerate(sheets[:-1]):
            self._bring(sheet, datetime(2026, 3 + number, 10))
        self.program.sale_policy = "all"
        before = self._state()
        last = self._bring(sheets[-1], datetime(2026, 1 if is_older else 8, 10))
        self.assertEqual(last.state, "applied")
        last._undo()
        self.assertEqual(self._state(), before)
        self.env.flush_all()
        savepoint.close(rollback=True)
        self.env.invalidate_all()
