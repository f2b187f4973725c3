"""Looking at a piece that is handed over: its weight, its age, where it comes from, and the run of pieces before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from chumbak.exchange.refusal import N_
from chumbak.exchange.trust import plausible, tables
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.policy import Policy, policy_of
from chumbak.exchange.trust.windows import DAY_US

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

RECENT = 300  # pieces of a kind that say what is usual
RUN_DAYS = 30  # in which many light pieces are one run


def look_at_pieces(
    work: Work, policy: Policy, *, party: str, kind: str, grams: Sequence[int], about: str, related: list[str]
) -> None:
    """Raise alarms if pieces of a kind (grams of each) do not weigh what such pieces do, or the run of their party.

    ``related`` are the party and those related to it, whose pieces are one run. The pieces are counted already; what
    is usual is taken from others.
    """
    seen = accepted(work, kind, leave_out=related)
    for one in sorted({min(grams), max(grams)}):  # one of these two is odd if any is
        look_at_weight(work, policy, party=party, kind=kind, grams=one, about=about, seen=seen)
    _run(work, policy, party, kind, related, seen)


def look_at_weight(
    work: Work, policy: Policy, *, party: str, kind: str, grams: int, about: str,
    seen: dict[str, list[float]] | None = None,
) -> None:  # fmt: skip
    """Raise an alarm if a piece (or the mean piece of a lot) does not weigh what such pieces of others do."""
    found = plausible.weight(
        grams, accepted(work, kind, leave_out=[party]) if seen is None else seen,
        parties=policy.whole("weight", "parties"), spreads=policy.number("weight", "spreads"),
        least_spread=policy.number("weight", "least spread"), range_=policy.ranges.get(kind),
    )  # fmt: skip
    if found is not None and not found.fits:
        known = work.catalogue.kind(kind)
        alarm(
            work, "weight", about,
            N_("%(piece_grams)s for one piece of '%(kind)s'; usual are %(low_grams)s to %(high_grams)s "
               "(from %(parties)s others; 0: as the policy says)."),
            against=[party], piece_grams=grams, kind=known.name if known else kind, low_grams=round(found.low),
            high_grams=round(found.high), parties=found.parties,
        )  # fmt: skip


def _run(work: Work, policy: Policy, party: str, kind: str, related: list[str], seen: dict[str, list[float]]) -> None:
    """Raise an alarm if a party and those related hand over mostly the lightest of a kind."""
    share = policy.number("junk", "lightest")
    if len(seen) < policy.whole("weight", "parties"):
        return
    bound = plausible.lightest(seen, share)
    t = tables.use.c
    mine = select(t.grams).where(
        t.party.in_(related), t.kind == kind, t.what == "take-back", t.grams > 0,
        t.at_us > work.now_us - RUN_DAYS * DAY_US,
    )  # fmt: skip
    run = list(work.connection.execute(mine).scalars())
    light = sum(1 for grams in run if bound is not None and grams <= bound)
    if len(run) < policy.whole("junk", "pieces"):
        return
    chance = plausible.at_least(light, len(run), share)
    if chance < policy.number("junk", "level"):
        alarm(
            work, "junk", party,
            N_("%(light)s of %(run)s pieces of the kind '%(kind)s' in %(days)s days weigh no more than the lightest "
               "%(share)s of those of others (%(bound_grams)s). By chance that happens once in %(once)s times; "
               "a person looks from once in %(threshold)s on."),
            against=related, light=light, run=len(run), kind=kind, days=RUN_DAYS, share=share,
            bound_grams=round(bound or 0), once=once(chance), threshold=once(policy.number("junk", "level")),
        )  # fmt: skip


def look_at_age(
    work: Work, *, party: str, kind: str, about: str, sold_year: int, life_years: float = 0.0, year: int = 0
) -> None:
    """Raise an alarm if a thing of a kind was sold in a year in which there was none yet, or too long ago.

    ``life_years`` is the kind's mean life (the catalogue's if not given), ``year`` this year (that of the work).
    """
    policy = policy_of(work.settings)
    now = year or work.now.year
    known = work.catalogue.kind(kind)
    life = life_years or (known.life_years if known else 0.0)
    first = policy.first_sold.get(kind)
    if sold_year > now or (first is not None and sold_year < first):
        alarm(
            work, "age", about,
            N_("It is said to be sold in %(sold_year)s. Things of the kind '%(kind)s' were first sold in "
               "%(first_year)s, and this year is %(now_year)s."),
            against=[party], sold_year=sold_year, kind=kind, first_year=first or "?", now_year=now,
        )  # fmt: skip
    elif life and plausible.too_old(now - sold_year, life, policy.number("age", "lives")):
        alarm(
            work, "age", about,
            N_("It is %(age)s years old. The kind '%(kind)s' lasts %(life)s years on average; "
               "a person looks from %(lives)s times that on."),
            against=[party], age=now - sold_year, kind=kind, life=round(life, 1), lives=_plain(policy, "age", "lives"),
        )  # fmt: skip


def look_at_origin(work: Work, *, party: str, about: str, place: str, registered: str) -> None:
    """Raise an alarm if a thing is handed over far from where its party is registered (ids of places)."""
    policy = policy_of(work.settings)
    here, home = work.catalogue.place(place), work.catalogue.place(registered)
    if here is None or home is None:
        return
    far = plausible.kilometres((here.lat, here.lon), (home.lat, home.lon))
    if far > policy.number("origin", "kilometres"):
        alarm(
            work, "origin", about,
            N_("Handed over in %(here)s, %(far)s km from %(home)s, the registered place. "
               "A person looks from %(most)s km on."),
            against=[party], here=here.name, home=home.name, far=round(far),
            most=_plain(policy, "origin", "kilometres"),
        )  # fmt: skip


def look_at_imports(work: Work, *, party: str, imported: int, of: int) -> None:
    """Raise an alarm if too many of a party's pieces were made for another market."""
    policy = policy_of(work.settings)
    most = policy.number("origin", "imports")
    chance = plausible.at_least(imported, of, most)
    if of >= policy.whole("junk", "pieces") and chance < policy.number("junk", "level"):
        alarm(
            work, "origin", party,
            N_("%(imported)s of %(of)s pieces were made for another market; usual is a share of at most %(share)s. "
               "By chance that happens once in %(once)s times."),
            imported=imported, of=of, share=most, once=once(chance),
        )  # fmt: skip


def accepted(work: Work, kind: str, leave_out: list[str]) -> dict[str, list[float]]:
    """Return the grams of the latest pieces of a kind, by party, without those of some parties."""
    t = tables.use.c
    query = (
        select(t.party, t.grams)
        .where(t.kind == kind, t.what == "take-back", t.grams > 0, t.party.not_in(leave_out))
        .order_by(t.at_us.desc()).limit(RECENT)
    )  # fmt: skip
    found: dict[str, list[float]] = {}
    for row in work.connection.execute(query):
        found.setdefault(row.party, []).append(float(row.grams))
    return found


def once(chance: float) -> int:
    """Return "once in so many times", to two digits."""
    times = 1 / max(chance, 1e-12)
    digits = max(0, len(str(int(times))) - 2)
    return int(round(times, -digits))


def _plain(policy: Policy, section: str, name: str) -> str:
    return f"{policy.number(section, name):g}"
