"""Pages of trust: alarms for those who decide, and what stands against somebody for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chumbak.exchange.desk import Work
from chumbak.exchange.digits import whole
from chumbak.exchange.people.persons import ADMINISTRATOR, AUDITOR
from chumbak.exchange.refusal import N_
from chumbak.exchange.trust import alarms, decisions
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.rules import RULES
from chumbak.exchange.trust.spoken import spoken
from chumbak.exchange.web import trust_checks
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view

DECIDERS = (AUDITOR, ADMINISTRATOR)
ON_A_PAGE = 50
FILTERS = {
    "undecided": N_("To decide"), "appealed": N_("Appeals to decide"), "stands": N_("All that stand"),
    "decided": N_("Decided"), "all": N_("All"),
}  # fmt: skip
OF = {"payee": N_("One party"), "address": N_("One address"), "group": N_("A group of related parties")}
STATES = {
    alarms.OPEN: N_("Nobody has decided yet. Payment waits."),
    alarms.ASKED: N_("An answer is awaited. Payment waits."),
    alarms.UPHELD: N_("Upheld. Payment waits; an appeal can be made."),
    alarms.APPEALED: N_("Upheld, and an appeal was made. Another person decides. Payment waits."),
    alarms.FINAL: N_("Upheld on appeal. It stays so."),
    alarms.DISMISSED: N_("Cleared. Payment goes on."),
}
REFUSED = N_("It was refused: nothing was paid for it, and nothing waits. A person looks.")
SAID = {
    ("dismiss", "first"): N_("Cleared"), ("uphold", "first"): N_("Upheld"),
    ("dismiss", "appeal"): N_("Cleared on appeal"), ("uphold", "appeal"): N_("Upheld on appeal"),
    ("ask", ""): N_("Asked"), ("answer", ""): N_("Answered"), ("appeal", ""): N_("Appealed"),
}  # fmt: skip


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        Page("/trust", _list, roles=DECIDERS),
        form_page("/trust/alarm/{alarm}", _show, _decide, roles=DECIDERS),
        Page("/trust/policy", _policy, roles=DECIDERS),
        Page("/against-me", _mine),
        form_page("/against-me/{alarm}", _show_mine, _answer),
        *trust_checks.routes(),
    ]


def _list(asked: Asked) -> Response:
    state = asked.query.get("state", "undecided")
    state = state if state in FILTERS else "undecided"
    rule = asked.query.get("rule", "")
    before = asked.query.get("before", "")
    with asked.desk.read(asked.actor) as work:
        found = alarms.listed(
            work, "" if state == "all" else state, rule if rule in RULES else "",
            whole(before) or 0, ON_A_PAGE,
        )  # fmt: skip
        waiting = alarms.waiting(work)
    more = found[-1].made_us if len(found) == ON_A_PAGE else 0
    return view(
        asked, "trust/list.html", found=[_line(asked, one) for one in found], state=state, rule=rule, more=more,
        filters=FILTERS, rules=RULES, waiting=waiting,
    )  # fmt: skip


def _show(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        found = alarms.one(work, asked.params["alarm"])
        if found is None or asked.person is None:
            raise missing()
        why_not = decisions.part_in_it(work, found, asked.person)
        given = _whole(asked, work, found)
    can = found.state in (alarms.OPEN, alarms.ASKED, alarms.APPEALED)
    return view(
        asked, "trust/alarm.html", values=values, fault=fault, why_not=why_not, can=can,
        appealed=found.state == alarms.APPEALED, **given,
    )  # fmt: skip


def _decide(asked: Asked) -> Response:
    id = asked.params["alarm"]
    with asked.desk.work(asked.actor) as work:
        decisions.decide(work, id, asked.form.get("what", ""), asked.form.get("reason", ""))
    return go(asked, f"/trust/alarm/{id}")


def _policy(asked: Asked) -> Response:
    policy = policy_of(asked.desk.settings)
    shown = [(section, name, f"{float(value):g}") for (section, name), value in policy.numbers.items()]
    return view(asked, "trust/policy.html", policy=policy, shown=shown, of=OF, what=trust_checks.WHAT)


def _mine(asked: Asked) -> Response:
    if asked.person is None:
        return go(asked, "/sign-in?next=/against-me")
    with asked.desk.read(asked.actor) as work:
        found = alarms.against(work, asked.person.party)
    return view(asked, "trust/against_me.html", found=[_line(asked, one) for one in found])


def _show_mine(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        found = alarms.one(work, asked.params["alarm"])
        if asked.person is None or found is None or asked.person.party not in found.against:
            raise missing()
        given = _whole(asked, work, found)
        until = decisions.appeal_until_us(work, found.id)
        in_time = work.now_us <= until
    return view(
        asked, "trust/mine.html", values=values, fault=fault, until=until,
        can_answer=found.state in (alarms.OPEN, alarms.ASKED), can_appeal=found.state == alarms.UPHELD and in_time,
        me=asked.actor, **given,
    )  # fmt: skip


def _answer(asked: Asked) -> Response:
    id = asked.params["alarm"]
    with asked.desk.work(asked.actor) as work:
        found = alarms.one(work, id)
        if asked.person is None or found is None or asked.person.party not in found.against:
            raise missing()
        act = decisions.appeal if asked.form.get("what") == "appeal" else decisions.answer
        act(work, id, asked.form.get("reason", ""))
    return go(asked, f"/against-me/{id}")


def _line(asked: Asked, one: alarms.Alarm) -> dict[str, Any]:
    refused = one.rule == "serial" and not one.against  # about a number, which was not let pass
    about = f"{one.about[:12]}…" if refused else one.about
    state = REFUSED if refused and one.state == alarms.OPEN else STATES[one.state]
    return {
        "id": one.id, "rule": RULES[one.rule], "about": about, "made_us": one.made_us, "state": state,
        "stands": one.stands, "reason": spoken(asked.words, one.reason, one.values),
    }  # fmt: skip


def _whole(asked: Asked, work: Work, one: alarms.Alarm) -> dict[str, Any]:
    """Return an alarm and its story, as templates show them."""
    story = [(SAID[entry.what, entry.step], entry) for entry in decisions.story(work, one.id)]
    return {"one": _line(asked, one), "against": one.between, "story": story}
