"""Pages of settlement: my contracts, one contract and its next step, disputes, the referee, rounds of collectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chumbak.exchange.desk import Work
from chumbak.exchange.money import invoices
from chumbak.exchange.money.ledger import balance, wallet
from chumbak.exchange.people.persons import person as person_of
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import contract as contracts
from chumbak.exchange.settle import counts, dispute, ends, evidence, fetching, finish
from chumbak.exchange.settle.contract import Contract
from chumbak.exchange.settle.counts import Count
from chumbak.exchange.settle.reckon import expected, shown
from chumbak.exchange.settle.terms import terms_of
from chumbak.exchange.settle.weights import Weighing
from chumbak.exchange.web import settle_evidence, settle_rounds
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.settle_shared import (
    CHECKERS,
    SIDES,
    STATES,
    TRADE,
    is_checker,
    name_of,
    typed,
    typed_day,
    typed_grams,
    typed_paise,
    typed_ppm,
    typed_time,
    who,
)

ANYBODY = (*TRADE, *CHECKERS)
SHOWN = 50


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        Page("/contracts", listed, roles=TRADE),
        form_page("/contract/{contract}", show, act, ANYBODY),
        form_page("/contract/{contract}/weigh", show_weigh, weigh, TRADE),
        form_page("/contract/{contract}/assay", show_assay, give_assay, ANYBODY),
        form_page("/contract/{contract}/object", show_object, object_to, TRADE),
        form_page("/contract/{contract}/fetch", show_fetch, fetch, TRADE),
        Page("/disputes", waiting, roles=CHECKERS),
        form_page("/dispute/{dispute}", show_dispute, decide, CHECKERS),
        Page("/terms", terms),
        *settle_evidence.routes(),
        *settle_rounds.routes(),
    ]


def listed(asked: Asked) -> Response:
    """List a party's contracts, newest first."""
    mine = who(asked).party
    with asked.desk.read(asked.actor) as work:
        found = contracts.of_party(work, mine)[:SHOWN]
        others = {one.id: name_of(work, one.other(mine)) for one in found}
    return view(asked, "settle/contracts.html", found=found, others=others, states=STATES, mine=mine, expected=expected)


def terms(asked: Asked) -> Response:
    """Say the terms under which contracts are made now."""
    return view(asked, "settle/terms.html", terms=terms_of(asked.desk.settings), passes=contracts.WHEN_IT_PASSES)


def show(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show a contract to its sides and to who checks."""
    with asked.desk.read(asked.actor) as work:
        found = _found(asked, work)
        said = _told(asked, work, found)
    return view(asked, "settle/contract.html", values=values, fault=fault, **said)


def act(asked: Asked) -> Response:
    """Do what a button of the contract's page says."""
    do, mine = asked.form.get("do", ""), who(asked).party
    with asked.desk.work(asked.actor) as work:
        found = _found(asked, work)
        standing = dispute.standing(work, found.id)
        if do == "fund":
            contracts.fund(work, found.id, mine)
        elif do == "give-up":
            finish.give_up(work, found.id, mine)
        elif do == "accept":
            finish.accept(work, found.id, mine)
        elif do == "agree-mean" and standing:
            dispute.agree_to_rule(work, standing.id, mine)
        elif do in ("agree", "disagree") and standing:
            dispute.answer(work, standing.id, mine, do == "agree", asked.form.get("text", ""))
        elif do == "correct" and is_checker(asked):
            finish.correct(
                work, found.id, typed_paise(asked.form.get("paise", ""), "paise"), asked.form.get("reason", "")
            )
        else:
            raise Refusal(N_("The contract is not at this step any more. Look at its page."))
    return go(asked, f"/contract/{found.id}")


def show_weigh(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask what the scale showed: of the seller before the load leaves, of the buyer when it comes."""
    with asked.desk.read(asked.actor) as work:
        found = _mine(asked, work)
        listed = counts.listed_seal(work, found.lot)
    step = (found.state, found.side(who(asked).party))
    if fault is None and step not in (("funded", "seller"), ("sent", "buyer")):
        raise missing()
    return view(asked, "settle/weigh.html", found=found, listed=listed, values=values, fault=fault)


def weigh(asked: Asked) -> Response:
    """Take what the scale showed, or the pieces that were counted."""
    mine, form = who(asked).party, asked.form
    with asked.desk.work(asked.actor) as work:
        found = _mine(asked, work)
        whole = form.get("whole", "yes") == "yes"
        read: Weighing | Count
        if found.deal.grams:
            read = Weighing(
                typed_grams(form.get("gross", ""), "gross"), typed_grams(form.get("tare", ""), "tare"),
                typed_grams(form.get("uncertainty") or "0", "uncertainty"), form.get("seal", ""), whole,
                typed_grams(form.get("foreign") or "0", "foreign"),
            )  # fmt: skip
        else:
            read = Count(typed(form.get("pieces", ""), "pieces", 0, "25"), form.get("seal", ""), whole)
        step = ends.send if found.side(mine) == "seller" else ends.arrive
        step(work, found.id, mine, read, form.get("scale", ""))
    return go(asked, f"/contract/{found.id}")


def show_assay(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask for an assay: of a side, or of the referee from who checks."""
    with asked.desk.read(asked.actor) as work:
        found = _found(asked, work)
        there = ends.assays_of(work, found.id)
    side = found.side(who(asked).party)
    due = side not in there if found.state == "arrived" and side else found.state == "referee" and not side
    if fault is None and not due:
        raise missing()
    return view(asked, "settle/assay.html", found=found, referee=not side, values=values, fault=fault)


def give_assay(asked: Asked) -> Response:
    """Take an assay."""
    mine, form = who(asked).party, asked.form
    with asked.desk.work(asked.actor) as work:
        found = _found(asked, work)
        said = (
            typed_ppm(form.get("content", ""), "content"), typed_ppm(form.get("uncertainty") or "0", "uncertainty"),
            form.get("laboratory", ""), form.get("method", ""),
        )  # fmt: skip
        if found.side(mine):
            ends.give_assay(work, found.id, mine, *said)
        else:
            ends.referee(work, found.id, *said)
    return go(asked, f"/contract/{found.id}")


def show_object(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask what is wrong with a settlement."""
    with asked.desk.read(asked.actor) as work:
        found = _mine(asked, work)
        last = finish.proposal_of(work, found.id)
    if last is None or (fault is None and found.state != "proposed"):
        raise missing()
    about = dispute.ABOUT
    return view(asked, "settle/object.html", found=found, last=last, about=about, values=values, fault=fault)


def object_to(asked: Asked) -> Response:
    """Take an objection."""
    form, mine = asked.form, who(asked).party
    with asked.desk.read(asked.actor) as work:
        _mine(asked, work)
    files = settle_evidence.sent(asked)
    with asked.desk.work(asked.actor) as work:
        found = _mine(asked, work)
        wanted = typed_paise(form.get("wanted", ""), "wanted")
        made = dispute.object_to(work, found.id, mine, form.get("about", ""), form.get("reason", ""), wanted)
        evidence.add(work, made, mine, files)
    return go(asked, f"/contract/{found.id}")


def show_fetch(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask when a load can be fetched."""
    with asked.desk.read(asked.actor) as work:
        found = _mine(asked, work)
    if fault is None and (found.state, found.side(who(asked).party)) != ("funded", "seller"):
        raise missing()
    return view(asked, "settle/fetch.html", found=found, values=values, fault=fault)


def fetch(asked: Asked) -> Response:
    """Take when a load can be fetched."""
    form = asked.form
    with asked.desk.work(asked.actor) as work:
        found = _mine(asked, work)
        day = typed_day(form.get("day", ""), "day")
        first, last = typed_time(form.get("first", ""), "first"), typed_time(form.get("until", ""), "until")
        fetching.ask(work, found.id, who(asked).party, day, first, last)
    return go(asked, f"/contract/{found.id}")


def waiting(asked: Asked) -> Response:
    """List what waits for a person who belongs to neither side: decisions and referees."""
    with asked.desk.read(asked.actor) as work:
        found = dispute.to_decide(work)
        referees = contracts.in_state(work, "referee")
    return view(asked, "settle/disputes.html", found=found, referees=referees, about=dispute.ABOUT)


def show_dispute(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show a dispute to who decides."""
    with asked.desk.read(asked.actor) as work:
        one = _there(lambda: dispute.find(work, asked.params["dispute"]))
        found = contracts.get(work, one.contract)
        said = _told(asked, work, found)
    return view(asked, "settle/dispute.html", one=one, values=values, fault=fault, **said)


def decide(asked: Asked) -> Response:
    """Take a decision."""
    form = asked.form
    with asked.desk.work(asked.actor) as work:
        one = dispute.find(work, asked.params["dispute"])
        dispute.decide(work, one.id, typed_paise(form.get("price", ""), "price"), form.get("reason", ""))
    return go(asked, f"/contract/{one.contract}")


def _found(asked: Asked, work: Work) -> Contract:
    """Return the contract of the path, for its sides and who checks; not there for others."""
    found: Contract = _there(lambda: contracts.get(work, asked.params["contract"]))
    if not found.side(who(asked).party) and not is_checker(asked):
        raise missing()
    return found


def _mine(asked: Asked, work: Work) -> Contract:
    found = _found(asked, work)
    if not found.side(who(asked).party):
        raise missing()
    return found


def _there(find: Any) -> Any:
    try:
        return find()
    except Refusal:
        raise missing() from None


def _told(asked: Asked, work: Work, found: Contract) -> dict[str, Any]:
    """Return all that the page of a contract says."""
    side = found.side(who(asked).party)
    there = ends.assays_of(work, found.id)
    seen = found.state != "arrived" or {"seller", "buyer"} <= there.keys()
    blind = found.state == "sent" and side == "buyer"  # it types weight and seal as it finds them
    last = finish.proposal_of(work, found.id)
    standing = dispute.standing(work, found.id)
    time = standing.state if standing else found.state
    if found.state == "sent" and not found.deal.grams:
        time = "sent, counted"
    decided = [(one, person_of(work, one.decided_by).name if one.decided_by else "")
               for one in dispute.of_contract(work, found.id)]  # fmt: skip
    return {
        "found": found, "side": side, "states": STATES, "sides": SIDES, "about": dispute.ABOUT, "shown": shown,
        "seller": name_of(work, found.seller), "buyer": name_of(work, found.buyer), "expected": expected(found.deal),
        "needs": contracts.laid_down(work, found) if found.state == "open" else 0,
        "has": balance(work, wallet(found.buyer)) if side == "buyer" else 0,
        "passes": contracts.WHEN_IT_PASSES.get(time, "") if found.due_us else "",
        "weighings": {} if blind else finish.weighings(work, found.id),
        "scales": finish.scales(work, found.id), "counts": {} if blind else counts.of_contract(work, found.id),
        "assays": {name: ppm for name, ppm in there.items() if seen or name == side}, "hidden": not seen,
        "given": side in there, "last": last, "bill": _bill(work, found, last), "standing": standing,
        "disputes": decided, "evidence": evidence.of_contract(work, found.id),
        "history": contracts.history(work, found.id), "checker": is_checker(asked),
        "bills": invoices.about(work, found.id), "held": finish.held_by(work, found), "words_of": _words_of(asked),
        "pickup": fetching.of_contract(work, found.id),
    }  # fmt: skip


def _bill(work: Work, found: Contract, last: finish.Proposal | None) -> finish.Bill | None:
    """Return what a proposal comes to, None where there is none or its tax has no rate."""
    if last is None:
        return None
    try:
        return finish.bill_of(work, found, last)
    except Refusal:
        return None


def _words_of(asked: Asked) -> Any:
    """Return what says a step of the history in the user's language."""
    import json

    return lambda row: asked.say(row.text, **json.loads(row.said))
