"""Disputes: one side objects, the other answers, a person who belongs to neither decides. Each step has a time.

Where weights differ beyond what was agreed, pieces are not those that were sold, or the seal is not the one that left,
the rule itself objects: the load is settled by the mean (or as sold) only if both sides agree or a person decides so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.people.persons import person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import tables as t
from chumbak.exchange.settle.contract import Contract, get, move, note, of, tell
from chumbak.exchange.settle.counts import Count, same_seal
from chumbak.exchange.settle.finish import held_by, override, proposal_of, settle
from chumbak.exchange.settle.weights import Weighed
from chumbak.exchange.trust.links import JOINING, why_related

ABOUT = {
    "weight": N_("the weight"), "seal": N_("the seal"), "content": N_("the content"), "goods": N_("what came"),
    "money": N_("the money"),
}  # fmt: skip
LONGEST = 1000  # letters of a reason
_MOST = 4  # the price wanted is at most this many times what was worked out: a slip of the finger, else


@dataclass(frozen=True)
class Dispute:
    """An objection. ``by`` is a party, or "system" for the rule; ``wanted_paise`` the price without tax it asks for."""

    id: str
    contract: str
    by: str
    about: str
    reason: str
    said: dict[str, Any]
    wanted_paise: int
    state: str
    made_us: int
    answer: str
    decision: str
    decided_by: str
    decided_us: int | None
    price_paise: int | None


def object_to(work: Work, id: str, by: str, about: str, reason: str, wanted_paise: int) -> str:
    """Object to a settlement before it is paid, with the price that a side holds to be right. Raises ``Refusal``."""
    found = of(work, id, by)
    if about not in ABOUT:
        raise Refusal(N_("Choose what is wrong."), field="about")
    if not reason.strip() or len(reason) > LONGEST:
        raise Refusal(N_("Say in a sentence or two what is wrong."), field="reason")
    last = proposal_of(work, id)
    if found.state != "proposed" or last is None:
        raise Refusal(N_("There is nothing to object to at this step."))
    if not 0 <= wanted_paise <= max(last.price_paise, 1) * _MOST:
        raise Refusal(
            N_("Type the price that you hold to be right. It is far from what was worked out."), field="wanted"
        )
    dispute = _open(work, found, by, about, reason.strip(), {}, wanted_paise, "answer")
    move(work, found, "disputed", N_("There is an objection about the settlement."), time="answer")
    tell(work, found.other(by), N_("The other side objects to the settlement. Answer in time: agree, or say why not."))
    return dispute


def open_by_rule(work: Work, found: Contract, weight: Weighed) -> str:
    """Object because weights or seals do not agree; both may agree still, or a person decides."""
    last = proposal_of(work, found.id)
    assert last
    said = {"difference": abs(weight.difference_g), "allowed": weight.allowed_g}
    if weight.agree and weight.seal_good:
        reason = N_("Sold were %(sold)s g, and %(net)s g came: too far apart to be what was sold.")
        said = {"sold": found.deal.grams, "net": weight.net_g}
    elif weight.seal_good:
        reason = N_("The weights differ by %(difference)s g; %(allowed)s g are allowed.")
    else:
        reason = N_(
            "The seal that came is broken, or is not the one that left. The weights differ by %(difference)s g."
        )
    heard = N_("Weights or seals do not agree. You can both accept the mean, or a person decides.")
    return _by_rule(work, found, "weight" if weight.seal_good else "seal", reason, said, last.price_paise, heard)


def open_by_count(work: Work, found: Contract, counted: dict[str, Count], pieces: int | None) -> str:
    """Object because pieces or seals of a load that is counted do not agree; both may accept the price still."""
    last = proposal_of(work, found.id)
    assert last
    sent, came = counted.get("sent"), counted.get("arrived")
    if sent and came and not same_seal(sent, came):
        about = "seal"
        reason = N_("The seal that came is broken, or is not the one that left. Pieces that came: %(came)s.")
    else:
        about, reason = "goods", N_("Pieces sold: %(sold)s, that left: %(left)s, that came: %(came)s.")
    said: dict[str, Any] = {"sold": "?" if pieces is None else pieces}
    said |= {name: one.pieces if one else "?" for name, one in (("left", sent), ("came", came))}
    heard = N_("Pieces or seals do not agree. You can both accept the price as sold, or a person decides.")
    return _by_rule(work, found, about, reason, said, last.price_paise, heard)


def _by_rule(
    work: Work, found: Contract, about: str, reason: str, said: dict[str, Any], paise: int, heard: str
) -> str:  # fmt: skip
    dispute = _open(work, found, SYSTEM, about, reason, said, paise, "decide")
    move(work, found, "disputed", reason, said=said, time="decide")
    for one in (found.seller, found.buyer):
        tell(work, one, heard)
    return dispute


def answer(work: Work, id: str, by: str, agree: bool, text: str) -> None:
    """Answer the other side's objection: agree, and its price is paid; or say why not. Raises ``Refusal``."""
    one = find(work, id)
    found = of(work, one.contract, by)
    if one.by in (by, SYSTEM):
        raise Refusal(N_("The other side does this."))
    if agree:
        end(work, found, one, "agreed", one.wanted_paise, N_("Both sides agree."), "")
        return
    if not text.strip() or len(text) > LONGEST:
        raise Refusal(N_("Say in a sentence or two why you do not agree."), field="text")
    _change(work, one, "answer", state="decide", answer=text.strip(), answered_us=work.now_us)
    move(work, found, "disputed", N_("The other side does not agree. A person decides."), time="decide")


def leave_unanswered(work: Work, found: Contract, one: Dispute) -> None:
    """Have a person decide an objection that the other side left unanswered."""
    _change(work, one, "answer", state="decide")
    move(work, found, "disputed", N_("The other side did not answer in time. A person decides."), time="decide")


def agree_to_rule(work: Work, id: str, by: str) -> None:
    """Say yes to the mean where weights or seals do not agree; when both have, it is paid. Raises ``Refusal``."""
    one = find(work, id)
    found = of(work, one.contract, by)
    side = found.side(by)
    if one.by != SYSTEM or one.state != "decide":
        raise Refusal(N_("There is nothing to agree to at this step."))
    here = t.contract.update().where(t.contract.c.id == found.id, t.contract.c.state == "disputed")
    work.connection.execute(here.values(**{f"{side}_accepts": True}))
    note(work, found.id, "disputed", N_("The seller says yes.") if side == "seller" else N_("The buyer says yes."))
    found = get(work, found.id)
    if found.seller_accepts and found.buyer_accepts:
        end(work, found, one, "agreed", one.wanted_paise, N_("Both sides agree."), "")


def decide(work: Work, id: str, price_paise: int, reason: str) -> None:
    """Decide a dispute: the price without tax, with a reason; for a person of neither side. Raises ``Refusal``."""
    one = find(work, id)
    found = get(work, one.contract)
    check_stranger(work, found)
    last = proposal_of(work, found.id)
    assert last
    if one.state != "decide":
        raise Refusal(N_("The other side still has time to answer, or somebody has decided."))
    if not reason.strip() or len(reason) > LONGEST:
        raise Refusal(N_("Say why, in a sentence or two: both sides read it."), field="reason")
    if not 0 <= price_paise <= max(last.price_paise, one.wanted_paise):
        raise Refusal(N_("Decide a price from zero up to the higher of what both sides ask."), field="price")
    end(work, found, one, "decided", price_paise, reason.strip(), work.actor)


def end(work: Work, found: Contract, one: Dispute, state: str, price: int, reason: str, who: str) -> None:
    """End a dispute by a price and pay it, at once or when no alarm stands any more."""
    _change(
        work, one, one.state, state=state, decision=reason, decided_by=who, decided_us=work.now_us, price_paise=price
    )
    work.audit("dispute", one.id, state=state, paise=price)
    override(work, found, price, reason)
    if held_by(work, found):
        move(
            work, found, "disputed", N_("Decided. Payment waits until a person has looked at an alarm."), time="accept"
        )
        return
    settle(work, found)


def check_stranger(work: Work, found: Contract) -> None:
    """Raise ``Refusal`` if who acts is of one of the parties of a contract, is related to one, or is nobody."""
    acting = person(work, work.actor) if work.actor else None
    text = N_("Only somebody who belongs to neither side can do this.")
    if acting is None or found.side(acting.party):
        raise Refusal(text)
    for side in (found.seller, found.buyer):
        if why_related(work, acting.party, side, JOINING) is not None:
            raise Refusal(text)


def find(work: Work, id: str) -> Dispute:
    """Return a dispute. Raises ``Refusal`` for one that is none."""
    found = _where(work, t.dispute.c.id == id)
    if not found:
        raise Refusal(N_("There is no such objection."))
    return found[0]


def of_contract(work: Work, id: str) -> list[Dispute]:
    """Return the disputes of a contract, oldest first."""
    return _where(work, t.dispute.c.contract == id)


def standing(work: Work, id: str) -> Dispute | None:
    """Return the dispute of a contract that has not ended."""
    return next((one for one in of_contract(work, id) if one.state in ("answer", "decide")), None)


def to_decide(work: Work) -> list[Dispute]:
    """Return the disputes that wait for a decision, oldest first."""
    return _where(work, t.dispute.c.state == "decide")


def _open(
    work: Work, found: Contract, by: str, about: str, reason: str, said: dict[str, Any], wanted: int, state: str
) -> str:  # fmt: skip
    id = work.new_id("dispute")
    work.connection.execute(
        t.dispute.insert().values(
            id=id, contract=found.id, by=by, about=about, reason=reason, said=json.dumps(said), wanted_paise=wanted,
            state=state, made_us=work.now_us, answer="", decision="", decided_by="",
        )
    )  # fmt: skip
    reset = t.contract.update().where(t.contract.c.id == found.id)
    work.connection.execute(reset.values(seller_accepts=False, buyer_accepts=False))
    work.audit("dispute", id, over=about, contract=found.id)
    return id


def _change(work: Work, one: Dispute, before: str, **change: Any) -> None:
    here = t.dispute.update().where(t.dispute.c.id == one.id, t.dispute.c.state == before)
    if before not in ("answer", "decide") or work.connection.execute(here.values(**change)).rowcount != 1:
        raise Refusal(N_("Somebody has answered or decided this before."))


def _where(work: Work, condition: Any) -> list[Dispute]:
    asked = select(t.dispute).where(condition).order_by(t.dispute.c.made_us, t.dispute.c.id)
    return [
        Dispute(
            row.id, row.contract, row.by, row.about, row.reason, json.loads(row.said), row.wanted_paise, row.state,
            row.made_us, row.answer, row.decision, row.decided_by, row.decided_us, row.price_paise,
        )
        for row in work.connection.execute(asked)
    ]  # fmt: skip
