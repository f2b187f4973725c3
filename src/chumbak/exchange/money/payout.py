"""Money that leaves: from a party's wallet to where it wants it, once, and back into the wallet where that fails.

A way to pay is an adapter in ``ADAPTERS``. Those here need no one outside: *wallet* leaves the money where it is,
*upi* makes an order that a person carries out at the bank and confirms with the bank's reference, *voucher* makes a
code that a shop takes. An operator with a payment service puts an adapter of its own in their place.

    sent -> paid       confirmed, or the voucher was taken
    sent -> failed     refused by the bank; a voucher that ran out or was taken back. It is in the wallet again
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

from chumbak.exchange.desk import Work, microseconds
from chumbak.exchange.money.claims import against, pay_claims
from chumbak.exchange.money.hands import check_stranger
from chumbak.exchange.money.ledger import balance, post, wallet
from chumbak.exchange.money.tables import payment
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust.alarms import stands
from chumbak.exchange.trust.limits import check_payment
from chumbak.exchange.trust.links import link

SENT, PAID, FAILED = "sent", "paid", "failed"
VOUCHER_DAYS = 180
UPI = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z][A-Za-z0-9]{1,63}", re.ASCII)
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without I, L, O, 0 and 1: a code is read aloud
_CODE_LETTERS = 12  # 59 bits
_RAN_OUT = N_("The voucher was not used in time.")
_TAKEN_BACK = N_("You took the voucher back.")


@dataclass(frozen=True)
class Payment:
    """A payment. ``proof`` is the reference of who paid; ``code`` is a voucher's, told this once and kept nowhere."""

    id: str
    party: str
    paise: int
    how: str
    state: str
    proof: str
    made_us: int
    ends_us: int | None
    done_us: int | None
    reason: str
    code: str = ""


@dataclass(frozen=True)
class Sent:
    """What an adapter did: the state it came to, a proof, a secret code if there is one, and when it runs out."""

    state: str
    proof: str = ""
    code: str = ""
    ends_us: int | None = None


class Adapter(Protocol):
    """A way to pay. ``account`` is where the money goes, "" where it stays in the wallet."""

    account: str

    def send(self, work: Work, id: str, paise: int, reference: str) -> Sent:
        """Begin a payment. Raises ``Refusal`` for a reference that cannot be paid to."""


class Wallet:
    """The money stays in the wallet."""

    account = ""

    def send(self, work: Work, id: str, paise: int, reference: str) -> Sent:
        """Do nothing: it is there."""
        return Sent(PAID, "wallet")


class Upi:
    """An order to a UPI address, carried out by a person at the bank."""

    account = "outside:upi"

    def send(self, work: Work, id: str, paise: int, reference: str) -> Sent:
        """Check the address and write the order."""
        if not UPI.fullmatch(reference.strip()):
            raise Refusal(N_("This is no UPI address. It looks like name@bank."), field="reference")
        return Sent(SENT)


class Voucher:
    """A code that a shop takes in place of money."""

    account = "outside:voucher"

    def send(self, work: Work, id: str, paise: int, reference: str) -> Sent:
        """Make the code."""
        code = "".join(work.desk.random.choice(_LETTERS) for _ in range(_CODE_LETTERS))
        ends = microseconds(work.now + dt.timedelta(days=VOUCHER_DAYS))
        return Sent(SENT, code=f"{code[:4]}-{code[4:8]}-{code[8:]}", ends_us=ends)


ADAPTERS: dict[str, Adapter] = {"wallet": Wallet(), "upi": Upi(), "voucher": Voucher()}


def payout(work: Work, party: str, paise: int, how: str, reference: str = "", *, key: str = "") -> Payment:
    """Pay a party from its wallet; with a ``key``, once for it: asked again, the same payment is returned.

    What the party owes others is paid first. Raises ``Refusal`` where the wallet holds too little, a limit is met, an
    alarm stands, or the key was used for a payment that is not this one.
    """
    adapter = ADAPTERS.get(how)
    if adapter is None:
        raise Refusal(N_("Choose how you want the money."), field="how")
    if paise <= 0:
        raise Refusal(N_("Type an amount above zero."), field="paise")
    keyed = work.desk.keyed(how, reference) if reference else ""
    if key and (found := _find(work, payment.c.key == key)):
        same = (payment.c.key == key) & (payment.c.to_keyed == keyed)
        if (found[0].party, found[0].paise, found[0].how) != (party, paise, how) or not _find(work, same):
            raise Refusal(_SENT_BEFORE)
        return found[0]
    id = work.new_id("payment")
    if adapter.account:
        _from_wallet(work, adapter, id, party, paise)
    elif waits := stands(work, party):
        raise Refusal(N_("Payment waits until a person has looked at this: %(id)s."), id=waits[0].id)
    sent = adapter.send(work, id, paise, reference)
    if reference and adapter.account:
        link(work, party, "payee", keyed)
    work.connection.execute(
        payment.insert().values(
            id=id, key=key or id, party=party, paise=paise, how=how, state=sent.state, proof=sent.proof,
            to_keyed=keyed,
            to_plain=reference.strip() if reference and sent.state == SENT else None,
            secret=work.desk.keyed("voucher", sent.code) if sent.code else "",
            made_us=work.now_us, ends_us=sent.ends_us, done_us=work.now_us if sent.state == PAID else None, reason="",
        )
    )  # fmt: skip
    work.audit("payout", id, how=how, paise=paise)
    return Payment(
        id, party, paise, how, sent.state, sent.proof, work.now_us, sent.ends_us,
        work.now_us if sent.state == PAID else None, "", sent.code,
    )  # fmt: skip


def confirm(work: Work, id: str, proof: str) -> Payment:
    """Note that a payment arrived, with the reference of who paid it. Raises ``Refusal``."""
    _check_hands(work, id)
    if not proof.strip():
        raise Refusal(N_("Type the reference that the bank gave."), field="proof")
    _done(work, id, PAID, proof.strip(), "")
    return _one(work, id)


def fail(work: Work, id: str, reason: str) -> Payment:
    """Note that a payment did not arrive: the money goes back into the wallet. Raises ``Refusal``."""
    _check_hands(work, id)
    if not reason.strip():
        raise Refusal(N_("Say why the payment failed."), field="reason")
    return _failed(work, id, reason)


def _failed(work: Work, id: str, reason: str) -> Payment:
    _done(work, id, FAILED, "", reason.strip())
    found = _one(work, id)
    entries = [(ADAPTERS[found.how].account, -found.paise), (wallet(found.party), found.paise)]
    post(work, "payout-failed", id, entries)
    return found


def redeem(work: Work, code: str, shop: str) -> Payment:
    """Take a voucher, once: its money goes into the wallet of the party ``shop``. Raises ``Refusal``."""
    secret = work.desk.keyed("voucher", code)
    found = _find(work, (payment.c.secret == secret) & (payment.c.how == "voucher"))
    if not found or (found[0].state == FAILED):
        raise Refusal(N_("This code is not right, or it has run out."), field="code")
    if found[0].state == PAID:
        raise Refusal(N_("This voucher was used before."), field="code")
    if found[0].ends_us is not None and found[0].ends_us <= work.now_us:
        raise Refusal(N_("This code is not right, or it has run out."), field="code")
    _done(work, found[0].id, PAID, shop, "")
    post(work, "voucher", found[0].id, [(Voucher.account, -found[0].paise), (wallet(shop), found[0].paise)])
    return _one(work, found[0].id)


def take_back(work: Work, party: str, id: str) -> Payment:
    """Put the money of a voucher that nobody has used back into the wallet of its owner. Raises ``Refusal``.

    Its code is told once: whoever lost it, or was cut off before the page came, need not wait until it runs out.
    """
    if not _find(work, (payment.c.id == id) & (payment.c.party == party) & (payment.c.how == "voucher")):
        raise Refusal(N_("This payment is not under way any more."))
    return _failed(work, id, _TAKEN_BACK)


def end_vouchers(work: Work) -> int:
    """Put the money of vouchers that ran out back into wallets; return how many there were."""
    found = _find(work, (payment.c.state == SENT) & (payment.c.ends_us <= work.now_us))
    for one in found:
        _failed(work, one.id, _RAN_OUT)
    return len(found)


def of_party(work: Work, party: str) -> list[Payment]:
    """Return the payments of a party, newest first."""
    return _find(work, payment.c.party == party)[::-1]


def under_way(work: Work, how: str) -> list[tuple[Payment, str]]:
    """Return the payments that a person has to carry out, oldest first, each with where it goes."""
    found = _find(work, (payment.c.state == SENT) & (payment.c.how == how))
    asked = select(payment.c.id, payment.c.to_plain).where(payment.c.state == SENT, payment.c.how == how)
    where = {row.id: row.to_plain or "" for row in work.connection.execute(asked)}
    return [(one, where[one.id]) for one in found]


def _from_wallet(work: Work, adapter: Adapter, id: str, party: str, paise: int) -> None:
    pay_claims(work, party)
    if balance(work, wallet(party)) < paise:
        text = N_("Your wallet holds less than this.") if not against(work, party) else _OWES
        raise Refusal(text, field="paise")
    check_payment(work, party=party, paise=paise, about=id)
    post(work, "payout", id, [(wallet(party), -paise), (adapter.account, paise)])


_SENT_BEFORE = N_("This form was sent before and paid something else. Look at what was paid out, then send this again.")
_OWES = N_("Your wallet holds less than this: what you owe others was paid from it first.")


def _check_hands(work: Work, id: str) -> None:
    for one in _find(work, payment.c.id == id):
        check_stranger(work, one.party)


def _done(work: Work, id: str, state: str, proof: str, reason: str) -> None:
    """End a payment that is under way; of two who end it, the second is refused."""
    given = {"state": state, "proof": proof, "reason": reason, "done_us": work.now_us, "to_plain": None}
    changed = work.connection.execute(
        payment.update().where(payment.c.id == id, payment.c.state == SENT).values(**given)
    )
    if changed.rowcount != 1:
        raise Refusal(N_("This payment is not under way any more."))
    work.audit("payout-ended", id, state=state)


def _one(work: Work, id: str) -> Payment:
    return _find(work, payment.c.id == id)[0]


def _find(work: Work, condition: Any) -> list[Payment]:
    columns = (payment.c[name] for name in _SHOWN)
    asked = select(*columns).where(condition).order_by(payment.c.made_us, payment.c.id)
    return [Payment(*row) for row in work.connection.execute(asked)]


_SHOWN = ("id", "party", "paise", "how", "state", "proof", "made_us", "ends_us", "done_us", "reason")
