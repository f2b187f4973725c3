"""Pages of numbers: the doors of a plant, a recycler's own, and the page that everybody may see. Each table as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from starlette.responses import Response

from chumbak.exchange.desk import microseconds
from chumbak.exchange.numbers.facts import Got, got
from chumbak.exchange.numbers.recovery import recovery
from chumbak.exchange.numbers.tables_of import (
    LEAST,
    REGULAR_DAYS,
    WINDOW_DAYS,
    AtWork,
    Sum,
    at_work,
    by,
    by_month,
    from_outside_the_formal_route,
    paid_to_homes_and_traders,
    shown,
    total,
)
from chumbak.exchange.people.persons import ADMINISTRATOR, AUDITOR, PRODUCER, RECYCLER, person
from chumbak.exchange.refusal import N_
from chumbak.exchange.web.asked import Asked, Page, missing, view

TABLES = {"month": N_("By month"), "class": N_("By class"), "place": N_("By place")}
CONCERNED = {RECYCLER, PRODUCER, AUDITOR, ADMINISTRATOR}
OWN = TABLES | {"collector": N_("By collector"), "recovery": N_("Recovery against promise")}
SUM_COLUMNS = ("key", "parties", "kilograms", "pieces", "paid", "fair", "paid_over_fair")
KEPT_US = 60_000_000  # a minute
RECOVERY_COLUMNS = ("element", "came_in_g", "promised_g", "won_g", "won_over_promised")


@dataclass(frozen=True)
class Table:
    """A table of sums with the names of its keys; ``hidden`` cells are in no row."""

    id: str
    title: str
    rows: Sequence[Sum]
    names: dict[str, str]
    hidden: int = 0

    @property
    def most(self) -> int:
        """Return the largest mass, for the length of bars."""
        return max((one.grams for one in self.rows), default=0) or 1


@dataclass(frozen=True)
class Public:
    """What everybody may see, as of ``made_us``; None where too few are behind a sum."""

    made_us: int
    first_us: int | None
    outside: Sum | None
    paid: Sum | None
    work: AtWork
    tables: tuple[Table, ...]


_kept: WeakKeyDictionary[Engine, Public] = WeakKeyDictionary()
_one_at_a_time = Lock()


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        Page("/plant", plant),
        Page("/plant/feed", feed, roles=(RECYCLER,)),
        Page("/plant/feed/{table}.csv", feed_csv, roles=(RECYCLER,)),
        Page("/public", public),
        Page("/public/{table}.csv", public_csv),
    ]


def plant(asked: Asked) -> Response:
    """Show the doors of who recycles or makes goods."""
    roles = asked.person.roles if asked.person else frozenset()
    return view(asked, "numbers/plant.html", recycles=RECYCLER in roles, concerned=bool(roles & CONCERNED))


def feed(asked: Asked) -> Response:
    """Show a recycler what came in, what it paid, and what it won of it."""
    rows = _own(asked)
    tables = [_table(asked, id, rows, names=_collectors(asked, rows)) for id in OWN if id != "recovery"]
    won = recovery(asked.desk, _party(asked), rows)
    return view(asked, "numbers/feed.html", tables=tables, all=total(rows), won=won, waiting=_untreated(rows))


def feed_csv(asked: Asked) -> Response:
    """Send a table of a recycler."""
    id, rows = asked.params["table"], _own(asked)
    if id == "recovery":
        return _csv(id, RECOVERY_COLUMNS, [
            (one.element, _g(one.came_ug), "" if one.promised_ug is None else _g(one.promised_ug), _g(one.won_ug),
             "" if one.kept is None else f"{one.kept:.4f}")
            for one in recovery(asked.desk, _party(asked), rows)
        ])  # fmt: skip
    if id not in OWN:
        raise missing()
    return _csv(id, SUM_COLUMNS, _cells(_table(asked, id, rows, names=_collectors(asked, rows))))


def public(asked: Asked) -> Response:
    """Show everybody what this has done, with its method; nothing of fewer than ``LEAST`` parties."""
    found = _public(asked)
    return view(
        asked, "numbers/public.html", found=found, least=LEAST, days=REGULAR_DAYS, window=WINDOW_DAYS,
        currency=asked.desk.catalogue.currency,
    )  # fmt: skip


def public_csv(asked: Asked) -> Response:
    """Send a table of the page that everybody may see."""
    found = next((one for one in _public(asked).tables if one.id == asked.params["table"]), None)
    if found is None:
        raise missing()
    return _csv(found.id, SUM_COLUMNS, _cells(found))


def _public(asked: Asked) -> Public:
    """Return the sums for everybody: worked out at most once in ``KEPT_US``, for many look and little changes."""
    desk = asked.desk
    now_us = microseconds(desk.clock())
    with _one_at_a_time:
        kept = _kept.get(desk.engine)
        if kept is None or not 0 <= now_us - kept.made_us < KEPT_US:
            with desk.read() as work:
                rows = got(work)
            outside = from_outside_the_formal_route(rows)
            kept = _kept[desk.engine] = Public(
                now_us, rows[0].at_us if rows else None, _if_many(outside), _if_many(paid_to_homes_and_traders(rows)),
                at_work(rows, desk.clock(), desk.settings.time_zone),
                tuple(_table(asked, id, outside, hide=True) for id in TABLES),
            )  # fmt: skip
    return kept


def _table(
    asked: Asked, id: str, rows: Sequence[Got], *, hide: bool = False, names: dict[str, str] | None = None
) -> Table:
    one = asked.desk.catalogue
    classes = {kind.id: kind.name for kind in one.kinds} | {scrap.id: scrap.name for scrap in one.substances}
    known = {"class": classes,
             "place": {place.id: place.name for place in one.places},
             "collector": names or {}}  # fmt: skip
    sums = by_month(rows, asked.desk.settings.time_zone) if id == "month" else by(rows, _KEYS[id])
    hidden = 0
    if hide:
        sums, left_out = shown(sums)
        hidden = len(left_out)
    return Table(id, OWN[id], sums, known.get(id, {}), hidden)


_KEYS: dict[str, Callable[[Got], str]] = {
    "class": lambda one: one.goods, "place": lambda one: one.place, "collector": lambda one: one.collector,
}  # fmt: skip


def _if_many(rows: Sequence[Got]) -> Sum | None:
    """Return the sum, None where few are behind it."""
    found = total(rows)
    return found if found.parties >= LEAST else None


def _untreated(rows: Sequence[Got]) -> int:
    return sum(not one.treated for one in rows if one.pieces)


def _collectors(asked: Asked, rows: Sequence[Got]) -> dict[str, str]:
    with asked.desk.read() as work:
        return {id: person(work, id).name or id for id in {one.collector for one in rows} if id}


def _own(asked: Asked) -> list[Got]:
    with asked.desk.read(asked.actor) as work:
        return got(work, _party(asked))


def _party(asked: Asked) -> str:
    if asked.person is None:
        raise RuntimeError("A page for those signed in was shown to nobody.")
    return asked.person.party


def _cells(table: Table) -> list[tuple[str, ...]]:
    return [
        (
            table.names.get(one.key, one.key), str(one.parties), f"{one.grams / 1000:.3f}", str(one.pieces),
            f"{one.paise / 100:.2f}", f"{one.fair_paise / 100:.2f}", "" if one.ratio is None else f"{one.ratio:.4f}",
        )
        for one in table.rows
    ]  # fmt: skip


def _csv(name: str, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([[_plain(cell) for cell in row] for row in cells])
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8",
                    headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})  # fmt: skip


def _plain(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not text[1:2].isdigit() else text


def _g(ug: int) -> str:
    return f"{ug / 1e6:.6f}"
