"""Pages of producer responsibility: what is owed and covered, metal claimed, certificates, returns, the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from chumbak.exchange.desk import Work
from chumbak.exchange.market.typed import count_of, grams_of, paise_of
from chumbak.exchange.people import tables as people
from chumbak.exchange.people.persons import ADMINISTRATOR, AUDITOR, PRODUCER, RECYCLER, party
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.responsibility import certificates as c
from chumbak.exchange.responsibility.owed import BY_CATALOGUE, BY_RULES, UNKNOWN, Sale, covered, owed, sold_lately
from chumbak.exchange.responsibility.returns import COLUMNS, OF, PERIODS, as_csv, as_json, make_return
from chumbak.exchange.responsibility.rules import SURE, Duties
from chumbak.exchange.responsibility.sales import sales_of, say_sold
from chumbak.exchange.responsibility.won import made_at, won
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view

SIDES = (PRODUCER, RECYCLER)
CHECKERS = (AUDITOR, ADMINISTRATOR)
MOST_LOTS = 12  # that the form for metal offers
STATES = {
    "held": N_("Ready"),
    "offered": N_("Offered"),
    "retired": N_("Used"),
    "ended": N_("Ended"),
}
WHAT = {
    "made": N_("Made"),
    "offer": N_("Offered"),
    "withdrawn": N_("Offer taken back"),
    "sold": N_("Sold"),
    "retired": N_("Used"),
    "ended": N_("Ended"),
}
BASES = {
    BY_RULES: N_("by the table of the rules"),
    BY_CATALOGUE: N_("by the catalogue of this exchange, an estimate"),
    UNKNOWN: N_("not known"),
}
PERIOD_NAMES = {
    "year": N_("The whole year"),
    "q1": N_("First quarter"),
    "q2": N_("Second quarter"),
    "q3": N_("Third quarter"),
    "q4": N_("Fourth quarter"),
}
TABLE_NAMES = {
    "sold": N_("What was sold"),
    "owed": N_("What is owed"),
    "bought": N_("Certificates bought"),
    "retired": N_("Certificates used"),
    "received": N_("Goods received"),
    "metal_sold": N_("Metal sold"),
    "made": N_("Certificates made"),
    "transferred": N_("Certificates sold"),
    "ended": N_("Certificates that ended"),
}


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        Page("/duty", front, roles=(*SIDES, *CHECKERS)),
        Page("/duty/rules", rules),
        form_page("/duty/sold", show_sold, act_sold, (PRODUCER,)),
        form_page("/duty/metal", show_metal, act_metal, (RECYCLER,)),
        Page("/duty/certificate/{id}", lambda asked: show_certificate(asked, {}, None), roles=(*SIDES, *CHECKERS)),
        form_page("/duty/certificate/{id}/offer", show_certificate, act_offer, (RECYCLER,)),
        form_page("/duty/certificate/{id}/withdraw", show_certificate, act_withdraw, (RECYCLER,)),
        form_page("/duty/certificate/{id}/take", show_certificate, act_take, (PRODUCER,)),
        form_page("/duty/certificate/{id}/retire", show_certificate, act_retire, (PRODUCER,)),
        Page("/duty/return", choose_return, roles=SIDES),
        Page("/duty/return/{side}/{year}/{period}/{file}", download, roles=SIDES),
    ]


def front(asked: Asked) -> Response:
    """Show what the party owes, has claimed and holds; to who checks, what to look at."""
    mine = _party(asked)
    given: dict[str, Any] = {"sides": {}, "unsound": [], "claims": [], "checks": _has(asked, *CHECKERS)}
    with asked.desk.read(asked.actor) as work:
        duties = c.rules_of(work)
        year = _year(asked, work, duties)
        if _has(asked, PRODUCER):
            given["sides"]["producer"] = _owed(work, duties, mine, year)
        if _has(asked, RECYCLER):
            given["sides"]["recycler"] = {"claims": c.claims_of(work, mine)[::-1][:50], "stock": c.stock(work, mine)}
        if given["checks"]:
            given["unsound"] = c.unsound(work)
        given["certificates"] = c.of_party(work, mine)
        given["this_year"] = duties.year_of(c.today(work))
    return view(asked, "responsibility/front.html", **given, duties=duties, year=year, mine=mine, states=STATES,
                bases=BASES)  # fmt: skip


def rules(asked: Asked) -> Response:
    """Show the rules with their sources, and how sure each is."""
    with asked.desk.read() as work:
        duties = c.rules_of(work)
    return view(asked, "responsibility/rules.html", duties=duties, sure=SURE)


def show_sold(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask what was sold."""
    with asked.desk.read() as work:
        duties = c.rules_of(work)
        last = duties.year_of(c.today(work))
        sales = sales_of(work, _party(asked))
    kinds = {one.id: one.name for one in asked.desk.catalogue.kinds}
    years = [(duties.name(year), duties.name(year)) for year in range(last, last - 25, -1)]
    return view(asked, "responsibility/sold.html", values=values, fault=fault, duties=duties, years=years, kinds=kinds,
                sales=sales[::-1])  # fmt: skip


def act_sold(asked: Asked) -> Response:
    """Write down what was sold."""
    form, mine = asked.form, _party(asked)
    item = form.get("item", "") or form.get("other", "").strip()
    with asked.desk.work(asked.actor) as work:
        duties = c.rules_of(work)
        one = Sale(
            _year_of(duties, form.get("year", "")), item, form.get("category", ""),
            count_of(form.get("units", ""), "units", 0), grams_of(form.get("weight", ""), "weight", 0),
            count_of(form.get("life", ""), "life"),
        )  # fmt: skip
        say_sold(work, duties, mine, duties.year_of(c.today(work)), one)
    return go(asked, "/duty/sold")


def show_metal(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask which lot of metal was sold; lots of the plant are offered with what counts in them."""
    mine = _party(asked)
    with asked.desk.read() as work:
        duties = c.rules_of(work)
        claimed = {one.lot for one in c.claims_of(work, mine)}
    lots: list[tuple[str, dict[str, int]]] = []
    for lot in made_at(asked.desk, mine, 5 * MOST_LOTS):
        if lot not in claimed and len(lots) < MOST_LOTS:
            found = won(asked.desk, lot, duties.origins)
            metals = {metal: found.counts[metal] for metal in (*duties.metals, *duties.carried)
                      if found.counts.get(metal)}  # fmt: skip
            if metals:
                lots.append((lot, metals))
    return view(asked, "responsibility/metal.html", values=values, fault=fault, lots=lots, duties=duties)


def act_metal(asked: Asked) -> Response:
    """Claim the metal of a lot and make certificates."""
    form = asked.form
    with asked.desk.work(asked.actor) as work:
        c.claim(work, _party(asked), form.get("lot", ""), form.get("invoice", ""), form.get("buyer", ""))
    return go(asked, "/duty")


def show_certificate(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show a certificate, its path, and what its holder can do with it."""
    id, mine = asked.params["id"], _party(asked)
    with asked.desk.read(asked.actor) as work:
        one = c.any_certificate(work, id)
        if one is None or not (_has(asked, *CHECKERS) or mine in (one.owner, one.maker, one.offered_to)):
            raise missing()
        duties = c.rules_of(work)
        names = {of: _name(work, of) for of in {one.owner, one.maker, one.offered_to, *_parties(work, id)} if of}
        producers = _producers(work) if one.owner == mine else []
        history = c.history(work, id)
        last = duties.year_of(c.today(work))
        ended = one.ends_us <= work.now_us
    years = [(duties.name(year), duties.name(year)) for year in range(last, last - 3, -1)]
    return view(asked, "responsibility/certificate.html", one=one, mine=mine, values=values, fault=fault, names=names,
                producers=producers, history=history, years=years, states=STATES, what=WHAT, ended=ended,
                band=duties.band(one.metal), duties=duties)  # fmt: skip


def act_offer(asked: Asked) -> Response:
    """Offer a certificate to a producer."""
    paise = paise_of(asked.form.get("price", ""), "price")
    with asked.desk.work(asked.actor) as work:
        c.offer(work, asked.params["id"], _party(asked), asked.form.get("to", ""), paise)
    return go(asked, f"/duty/certificate/{asked.params['id']}")


def act_withdraw(asked: Asked) -> Response:
    """Take an offer back."""
    with asked.desk.work(asked.actor) as work:
        c.withdraw(work, asked.params["id"], _party(asked))
    return go(asked, f"/duty/certificate/{asked.params['id']}")


def act_take(asked: Asked) -> Response:
    """Buy a certificate at the price offered."""
    with asked.desk.work(asked.actor) as work:
        c.take(work, asked.params["id"], _party(asked))
    return go(asked, f"/duty/certificate/{asked.params['id']}")


def act_retire(asked: Asked) -> Response:
    """Use a certificate for a year."""
    with asked.desk.work(asked.actor) as work:
        year = _year_of(c.rules_of(work), asked.form.get("year", ""))
        c.retire(work, asked.params["id"], _party(asked), year)
    return go(asked, f"/duty?year={asked.form.get('year', '')}")


def choose_return(asked: Asked) -> Response:
    """Show the returns of a year, to be downloaded."""
    with asked.desk.read() as work:
        duties = c.rules_of(work)
        year = _year(asked, work, duties)
        last = duties.year_of(c.today(work))
    sides = [side for side in SIDES if _has(asked, side)]
    return view(asked, "responsibility/returns.html", duties=duties, year=year, last=last, sides=sides, of=OF,
                periods=PERIOD_NAMES, tables=TABLE_NAMES, columns=COLUMNS)  # fmt: skip


def download(asked: Asked) -> Response:
    """Send a file of a return: ``all.json``, or a table as ``NAME.csv``."""
    side, file, period = asked.params["side"], asked.params["file"], asked.params["period"]
    name, _, form = file.rpartition(".")
    if side not in SIDES or not _has(asked, side) or period not in PERIODS:
        raise missing()
    if (name, form) != ("all", "json") and (form != "csv" or name not in OF[side]):
        raise missing()
    with asked.desk.read() as work:
        duties = c.rules_of(work)
        try:
            year = duties.named(asked.params["year"])
        except ValueError:
            raise missing() from None
        made = make_return(work, _party(asked), side, year, period)
    text, type = (as_json(made), "application/json") if form == "json" else (as_csv(made, name), "text/csv")
    called = f"{side}-{made.year}-{period}" + (f"-{name}" if form == "csv" else "") + f".{form}"
    return Response(text, media_type=f"{type}; charset=utf-8",
                    headers={"Content-Disposition": f'attachment; filename="{called}"'})  # fmt: skip


def _owed(work: Work, duties: Duties, mine: str, year: int) -> dict[str, Any]:
    sales = sales_of(work, mine)
    lines = owed(duties, sales, year, work.catalogue)
    carried: dict[str, int] = {}
    for line in lines:
        for metal, ug in line.carried_ug.items():
            carried[metal] = carried.get(metal, 0) + (ug or 0)
    names = {one.id: one.name for one in work.catalogue.kinds}
    return {
        "lines": lines, "covered": covered(duties, lines, c.retired(work, mine, year)), "names": names,
        "carried": {metal: ug for metal, ug in carried.items() if ug}, "lately": sold_lately(sales, year),
        "share": duties.target(year),
    }  # fmt: skip


def _year(asked: Asked, work: Work, duties: Duties) -> int:
    try:
        return duties.named(asked.query["year"])
    except (KeyError, ValueError):
        return duties.year_of(c.today(work))


def _year_of(duties: Duties, text: str) -> int:
    try:
        return duties.named(text)
    except ValueError:
        raise Refusal(N_("Choose the year."), field="year") from None


def _producers(work: Work) -> list[tuple[str, str]]:
    asked = select(people.parties.c.id).where(people.parties.c.kind == "producer").order_by(people.parties.c.id)
    return [(id, _name(work, id)) for id in work.connection.execute(asked).scalars()]


def _parties(work: Work, id: str) -> set[str]:
    return {of for move in c.history(work, id) for of in (move.giver, move.taker)}


def _name(work: Work, id: str) -> str:
    try:
        return party(work, id).name or id
    except KeyError:
        return id


def _party(asked: Asked) -> str:
    if asked.person is None:
        raise RuntimeError("A page for those signed in was shown to nobody.")
    return asked.person.party


def _has(asked: Asked, *roles: str) -> bool:
    return asked.person is not None and bool(asked.person.roles & set(roles))
