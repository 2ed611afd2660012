"""What drafting asks again and again, asked once per batch."""

from functools import cache


class Lookups:
    """Memory of one batch of drafts: journal, taxes, accounts, rates, positions."""

    def __init__(self, run):
        self.run = run
        self.company = run.company_id
        self.journal = run._get_journal()
        self.is_locked = bool(self.journal) and (
            self.company._get_user_fiscal_lock_date(self.journal) >= run.date
        )
        self.address = cache(self._address)
        self.fiscal = cache(self._fiscal)
        self.taxes = cache(run._get_taxes)
        self.account = cache(run._get_income_account)
        self.has_rate = cache(run._has_rate)
        self.rate = cache(self._rate)

    def _address(self, payer):
        return payer.browse(payer.address_get(["invoice"])["invoice"])

    def _fiscal(self, address):
        positions = self.run.env["account.fiscal.position"]
        return positions.with_company(self.company)._get_fiscal_position(address)

    def _rate(self, currency):
        return self.run.env["res.currency"]._get_conversion_rate(
            self.company.currency_id, currency, self.company, self.run.date
        )
