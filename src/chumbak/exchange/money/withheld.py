"""Tax that buyers keep back of what they pay, held here until a person has passed it on to the state for them."""

from __future__ import annotations

from sqlalchemy import select

from chumbak.exchange.desk import Work
from chumbak.exchange.money.hands import check_stranger
from chumbak.exchange.money.ledger import balance, post
from chumbak.exchange.money.tables import money_balance
from chumbak.exchange.refusal import N_, Refusal

PASSED_ON = N_("Tax passed on")
_PREFIX = "tax:withheld:"


def account(buyer: str) -> str:
    """Return the account of what a buyer has kept back."""
    return f"{_PREFIX}{buyer}"


def kept(work: Work) -> list[tuple[str, int]]:
    """Return what is held for each buyer, in paise, in the order of their ids."""
    balances = money_balance.c
    asked = select(balances.account, balances.paise).where(balances.account.startswith(_PREFIX), balances.paise != 0)
    found = work.connection.execute(asked.order_by(balances.account))
    return [(row.account.removeprefix(_PREFIX), row.paise) for row in found]


def pass_on(work: Work, buyer: str, paise: int, proof: str) -> str:
    """Note that tax was paid to the state for a buyer, with the state's receipt, once for it. Raises ``Refusal``."""
    check_stranger(work, buyer)
    plain = "".join(proof.split()).upper()
    if not plain or len(plain) > 40:
        raise Refusal(N_("Type the number of the receipt."), field="text")
    if not 0 < paise <= balance(work, account(buyer)):
        raise Refusal(N_("Not more can be passed on than is held."), field="paise")
    work.audit("tax-passed-on", buyer, paise=paise, proof=plain)
    entries = [(account(buyer), -paise), ("outside:bank", paise)]
    return post(work, "tax-passed-on", f"{buyer}/{plain}", entries, PASSED_ON)
