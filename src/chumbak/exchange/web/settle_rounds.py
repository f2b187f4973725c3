"""Pages of rounds: a buyer has them worked out for its vehicles, who drives sees the stops in order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sqlalchemy import select
from starlette.responses import Response

from chumbak.exchange.desk import Work
from chumbak.exchange.digits import whole
from chumbak.exchange.people.persons import members, party, person
from chumbak.exchange.people.tables import roles
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import contract as contracts
from chumbak.exchange.settle import fetching, finish
from chumbak.exchange.settle.pickups import DETOUR, METRES_A_SECOND
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.places import place_name
from chumbak.exchange.web.settle_shared import STATES, name_of, typed_day, typed_grams, typed_time, who

DRIVES, PLANS = "collector", "recycler"
MOST_VEHICLES = 20


def routes() -> list[Page]:
    """Return the pages of rounds."""
    return [
        Page("/rounds", mine, roles=(DRIVES, PLANS)),
        form_page("/rounds/new", show_new, new, (PLANS,)),
        Page("/round/{round}", one, roles=(DRIVES, PLANS)),
    ]


def mine(asked: Asked) -> Response:
    """List the rounds that I drive; for a buyer those driven for it too, and the loads to be fetched."""
    with asked.desk.read(asked.actor) as work:
        found = fetching.rounds_of(work, asked.actor, who(asked).party)
        waits = fetching.waiting(work, who(asked).party)
        names = {one.id: name_of(work, contracts.get(work, one.contract).seller) for one in waits}
    return view(asked, "settle/rounds.html", found=found, waits=waits, names=names, plans=PLANS in who(asked).roles,
                place=partial(place_name, asked))  # fmt: skip


def show_new(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask for vehicles, times and who drives."""
    with asked.desk.read(asked.actor) as work:
        drivers = _drivers(work, asked.actor, who(asked).party)
    return view(asked, "settle/round_new.html", values=values, fault=fault, drivers=drivers, detour=DETOUR,
                speed=round(METRES_A_SECOND * 3.6))  # fmt: skip


def new(asked: Asked) -> Response:
    """Work out rounds."""
    form = asked.form
    count = whole(form.get("vehicles", ""), MOST_VEHICLES)
    if not count:
        raise Refusal(N_("Type how many vehicles there are, from 1 to %(most)s."), field="vehicles", most=MOST_VEHICLES)
    load = typed_grams(form.get("load", ""), "load")
    if not load:
        raise Refusal(N_("Name a vehicle and what it carries."), field="load")
    day = typed_day(form.get("day", ""), "day")
    first, last = typed_time(form.get("first", ""), "first"), typed_time(form.get("until", ""), "until")
    cars = [(str(number), load) for number in range(1, count + 1)]
    with asked.desk.work(asked.actor) as work:
        known = dict(_drivers(work, asked.actor, who(asked).party))
        if form.get("collector", "") not in known:
            raise Refusal(N_("Choose who drives."), field="collector")
        fetching.make_rounds(work, who(asked).party, day, cars, first, last, form["collector"])
    return go(asked, "/rounds")


def one(asked: Asked) -> Response:
    """Show a round to who drives it, and to the buyer for whom it is driven: its stops, and how each load stands."""
    with asked.desk.read(asked.actor) as work:
        try:
            trip, stops = fetching.trip(work, asked.params["round"])
        except Refusal:
            raise missing() from None
        deals = {stop.id: contracts.get(work, stop.contract) for stop in stops}
        buyers = {deal.buyer for deal in deals.values()}
        if trip.collector != asked.actor and who(asked).party not in buyers:
            raise missing()
        sellers = {stop: party(work, deal.seller) for stop, deal in deals.items()}
        phones = {stop: _phone(work, deal.seller) for stop, deal in deals.items()}
        # What the seller's scale showed is not said here: the buyer weighs what comes without knowing it.
        came = {stop: found["arrived"].net_g for stop, deal in deals.items()
                if "arrived" in (found := finish.weighings(work, deal.id))}  # fmt: skip
        driver = person(work, trip.collector).name
    return view(asked, "settle/round.html", trip=trip, stops=stops, sellers=sellers, phones=phones, driver=driver,
                deals=deals, states=STATES, came=came, mine=who(asked).party,
                place=partial(place_name, asked))  # fmt: skip


def _drivers(work: Work, actor: str, mine: str) -> list[tuple[str, str]]:
    """Return who may drive for a buyer: those of its own party, and collectors."""
    collectors = work.connection.execute(select(roles.c.person).where(roles.c.role == DRIVES)).scalars()
    ids = [actor, *members(work, mine), *collectors]
    return [(id, person(work, id).name) for id in dict.fromkeys(ids)]


def _phone(work: Work, of: str) -> str:
    return next((found for id in members(work, of) if (found := person(work, id).phone)), "")
