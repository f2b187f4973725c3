"""A plant's claims against what it can do: what it says of itself, its bills, and what they allow."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from chumbak.custody.ledger.amounts import exact
from chumbak.exchange.desk import microseconds
from chumbak.exchange.people.persons import AUDITOR, person
from chumbak.exchange.people.tables import parties
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.responsibility.tables import claim
from chumbak.exchange.trust import links, tables
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.throughput import Bill, Bound, Plant, bounds

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

# Inputs of a plant: the unit of the bill, and how many of the units kept make one of it.
INPUTS = {"power": ("kWh", 1000), "acid": ("kg", 1000), "alkali": ("kg", 1000), "solvent": ("kg", 1000)}
NAMES = {"capacity": N_("capacity"), "power": N_("power"), "acid": N_("acid"), "alkali": N_("alkali"),
         "solvent": N_("solvent")}  # fmt: skip


def set_plant(work: Work, *, party: str, kilograms_a_day: str, needs: Mapping[str, str], source: str) -> None:
    """Set what a plant can do: by an auditor who saw it. ``needs``: kWh or kg a kilogram worked up, at least.

    Raises ``Refusal``.
    """
    who = person(work, work.actor)
    if AUDITOR not in who.roles or who.party == party:
        raise Refusal(N_("An auditor who was at the plant says what it can do."))
    if links.why_related(work, who.party, party):
        raise Refusal(N_("You are related to this plant. Another auditor says what it can do."))
    a_day = _number(kilograms_a_day, "kilograms_a_day")
    said = {name: str(_number(value, name)) for name, value in sorted(needs.items()) if value.strip()}
    if not set(said) <= set(INPUTS):
        raise Refusal(N_("This input is not known."), field="needs")
    if not source.strip():
        raise Refusal(N_("Say what it rests on: a consent, a nameplate, a visit."), field="source")
    row = {"grams_a_day": int(a_day * 1000), "needs": json.dumps(said), "source": source.strip()[:500]}
    made = row | {"person": work.actor, "made_us": work.now_us}
    if not work.connection.execute(tables.plant.update().where(tables.plant.c.party == party).values(**made)).rowcount:
        work.connection.execute(tables.plant.insert().values(party=party, **made))
    work.audit("plant-set", party, **row)


def add_bill(
    work: Work, *, party: str, input: str, first: dt.date, last: dt.date, amount: str, number: str
) -> str:  # fmt: skip
    """Add a bill of a plant by its number (kept as a keyed hash): ``amount`` in kWh or kg. Raises ``Refusal``."""
    if input not in INPUTS:
        raise Refusal(N_("This input is not known."), field="input")
    if last < first:
        raise Refusal(N_("The last day is before the first."), field="last")
    if not number.strip():
        raise Refusal(N_("Write the number of the bill."), field="number")
    units = int(_number(amount, "amount") * INPUTS[input][1])
    id = work.new_id("bill")
    row = {"id": id, "party": party, "input": input, "first_day": first.isoformat(), "last_day": last.isoformat()}
    kept = {"amount": units, "number": work.desk.keyed("bill", number), "person": work.actor, "made_us": work.now_us}
    try:
        with work.connection.begin_nested():
            work.connection.execute(tables.bill.insert().values(**row, **kept))
    except IntegrityError:
        raise Refusal(N_("A bill with this number was shown before."), field="number") from None
    work.audit("bill-added", party, bill=id, input=input)
    return id


def plant_of(work: Work, party: str) -> Plant | None:
    """Return what a plant can do, None while no auditor has said."""
    row = work.connection.execute(select(tables.plant).where(tables.plant.c.party == party)).one_or_none()
    if row is None:
        return None
    needs = {name: Fraction(value) * INPUTS[name][1] for name, value in json.loads(row.needs).items()}
    return Plant(row.grams_a_day, needs)


def plants(work: Work) -> list[tuple[str, bool]]:
    """Return the parties that have a plant, by id, each with whether an auditor has said what it can do."""
    p = parties.c
    query = select(p.id, tables.plant.c.party).select_from(
        parties.outerjoin(tables.plant, p.id == tables.plant.c.party)
    )
    rows = work.connection.execute(query.where(p.kind == "recycler").order_by(p.id))
    return [(id, seen is not None) for id, seen in rows]


def bills_of(work: Work, party: str) -> list[Bill]:
    """Return the bills of a plant, by their first day."""
    rows = work.connection.execute(
        select(tables.bill).where(tables.bill.c.party == party).order_by(tables.bill.c.first_day, tables.bill.c.id)
    )
    day = dt.date.fromisoformat
    return [Bill(row.input, day(row.first_day), day(row.last_day), row.amount) for row in rows]


def allowed(work: Work, party: str, first: dt.date, last: dt.date) -> list[Bound]:
    """Return what a plant can have worked up in a period, by each input, the least first: [] if nothing is known."""
    plant = plant_of(work, party)
    return bounds(plant, bills_of(work, party), first, last) if plant else []


def check_throughput(work: Work, *, party: str, first: dt.date, last: dt.date, grams: int) -> None:
    """Hold a plant's claim for a period against what it can do, and raise an alarm about it if that is less.

    A plant of which no auditor has said what it can do may claim little: the policy says how much.
    """
    policy = policy_of(work.settings)
    found = allowed(work, party, first, last)
    named: dict[str, Any] = {"claimed_grams": grams, "first": first.isoformat(), "last": last.isoformat()}
    unseen = policy.whole("throughput", "unseen kilograms") * 1000
    if not found and grams > unseen:
        alarm(
            work, "throughput", party,
            N_("%(claimed_grams)s claimed from %(first)s to %(last)s, by a plant that no auditor has seen. "
               "Up to %(most_grams)s is let pass."),
            most_grams=unseen, **named,
        )  # fmt: skip
    slack = policy.numbers["throughput", "slack"]
    if found and grams > found[0].grams * (1 + slack):
        alarm(
            work, "throughput", party,
            N_("%(claimed_grams)s claimed from %(first)s to %(last)s; its %(by_word)s allows %(most_grams)s at most. "
               "%(slack_share)s more is let pass."),
            by_word=NAMES[found[0].by], most_grams=found[0].grams, slack_share=float(slack), **named,
        )  # fmt: skip


def look_at_claims(work: Work, party: str) -> None:
    """Hold the metal that a plant claimed against what it can do: it cannot win more than it worked up.

    Of a plant that was seen the month before this one, once its bills have had time to come; of others this month.
    """
    today = work.now.date()
    first = today.replace(day=1)
    if plant_of(work, party) is not None:
        if today.day <= policy_of(work.settings).whole("throughput", "bill days"):
            return
        today, first = first - dt.timedelta(days=1), (first - dt.timedelta(days=1)).replace(day=1)
    since, until = (microseconds(_midnight(day)) for day in (first, today + dt.timedelta(days=1)))
    c = claim.c
    won = select(func.coalesce(func.sum(c.ug), 0)).where(c.party == party, c.made_us >= since, c.made_us < until)
    grams = int(work.connection.execute(won).scalar_one()) // 1_000_000
    check_throughput(work, party=party, first=first, last=today, grams=grams)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _number(text: str, field: str) -> Fraction:
    try:
        return exact(text.strip())
    except ValueError:
        raise Refusal(N_("Write a number, such as 12.5."), field=field) from None
