"""A price that a buyer names for a lot: its money is held behind it, and it can be meant at all."""

from __future__ import annotations

from chumbak.exchange.desk import Work
from chumbak.exchange.market.lots import Lot
from chumbak.exchange.money import holds
from chumbak.exchange.price.fair import Fair
from chumbak.exchange.refusal import N_, Refusal

MOST_TIMES = 10  # the high end of the fair price: more is a slip of the finger, or meant to keep others away
ODD_TIMES = 3  # below the low end, or above the high one: a person looks, and nobody is shown it as a usual price


def check_sane(found: Lot, paise: int) -> None:
    """Raise ``Refusal`` for a price (for what is priced) that is many times what the lot is worth."""
    if found.fair is not None and found.fair.high > 0 and found.whole(paise) > MOST_TIMES * found.fair.high:
        raise Refusal(
            N_("This is more than %(times)s times what the lot is worth. Check the number."), field="paise",
            times=MOST_TIMES,
        )  # fmt: skip


def is_odd(fair: Fair | None, whole: int) -> bool:
    """Whether a price of a whole lot is far from its fair price, as far as that is above zero."""
    if fair is None:
        return False
    return 0 < whole * ODD_TIMES < fair.low or 0 < fair.high * ODD_TIMES < whole


def to_lay_down(work: Work, found: Lot, buyer: str, paise: int) -> int:
    """Return what a buyer would have to lay down for a lot at a price, in paise."""
    from chumbak.exchange.market.award import goods_of
    from chumbak.exchange.settle.contract import to_lay_down as asked
    from chumbak.exchange.settle.reckon import Deal

    deal = Deal(paise, found.basis, found.grams if found.basis == "kg" else 0)
    return asked(work, found.seller, buyer, goods_of(found), deal)


def hold(work: Work, found: Lot, buyer: str, paise: int, by: str, field: str = "") -> None:
    """Have what a buyer would have to lay down for a lot at a price held behind a bid or offer. Raises ``Refusal``."""
    holds.hold(work, buyer, found.id, to_lay_down(work, found, buyer, paise), by, field)
