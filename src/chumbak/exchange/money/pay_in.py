"""Money that comes in: a party says what it paid, a person sees it on the bank's statement and says so too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Work
from chumbak.exchange.digits import plain_digits
from chumbak.exchange.money.claims import pay_claims
from chumbak.exchange.money.hands import check_stranger
from chumbak.exchange.money.ledger import MOST, post, wallet
from chumbak.exchange.money.tables import pay_in
from chumbak.exchange.refusal import N_, Refusal

_REFERENCE = re.compile(r"[A-Z0-9./-]{4,40}", re.ASCII)  # as banks write them: a UTR has 12 to 22 (recalled)
SAID, THERE, NOT_THERE = "said", "there", "not there"


@dataclass(frozen=True)
class PayIn:
    """What a party says that it paid in, and whether it is there; ``reference`` is "" where the party was erased."""

    id: str
    party: str
    paise: int
    reference: str
    state: str
    made_us: int
    done_us: int | None


def say(work: Work, party: str, paise: int, reference: str) -> str:
    """Note that a party says that it paid in, with the bank's reference, which counts once. Raises ``Refusal``."""
    if paise <= 0:
        raise Refusal(N_("Type an amount above zero."), field="paise")
    if paise > MOST:
        raise Refusal(N_("This is more than is kept here. Check the number."), field="paise")
    plain = plain_digits("".join(reference.split())).upper()
    if not _REFERENCE.fullmatch(plain):
        raise Refusal(N_("Type the reference that the bank gave."), field="reference")
    id = work.new_id("payin")
    row = {"id": id, "party": party, "paise": paise, "reference": plain, "state": SAID, "made_us": work.now_us}
    row["keyed"] = work.desk.keyed("pay-in", plain)
    try:
        with work.connection.begin_nested():
            work.connection.execute(pay_in.insert().values(**row))
    except IntegrityError:
        raise Refusal(N_("This reference was used before."), field="reference") from None
    return id


def there(work: Work, id: str) -> None:
    """Note that the money is there: it goes into the wallet, and pays what the party owes. Raises ``Refusal``."""
    found = _end(work, id, THERE)
    post(work, "pay-in", id, [("outside:bank", -found.paise), (wallet(found.party), found.paise)])
    pay_claims(work, found.party)


def not_there(work: Work, id: str) -> None:
    """Note that the money did not come. Raises ``Refusal``."""
    _end(work, id, NOT_THERE)


def waiting(work: Work) -> list[PayIn]:
    """Return what nobody has looked for yet, oldest first."""
    return _find(work, pay_in.c.state == SAID)


def of_party(work: Work, party: str) -> list[PayIn]:
    """Return what a party said, newest first."""
    return _find(work, pay_in.c.party == party)[::-1]


def _end(work: Work, id: str, state: str) -> PayIn:
    for one in _find(work, pay_in.c.id == id):
        check_stranger(work, one.party)
    given = pay_in.update().where(pay_in.c.id == id, pay_in.c.state == SAID)
    if work.connection.execute(given.values(state=state, done_us=work.now_us)).rowcount != 1:
        raise Refusal(N_("Somebody has looked at this before."))
    work.audit("pay-in", id, state=state)
    return _find(work, pay_in.c.id == id)[0]


def _find(work: Work, condition: Any) -> list[PayIn]:
    asked = select(pay_in).where(condition).order_by(pay_in.c.made_us, pay_in.c.id)
    return [
        PayIn(row.id, row.party, row.paise, row.reference or "", row.state, row.made_us, row.done_us)
        for row in work.connection.execute(asked)
    ]
