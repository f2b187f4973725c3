"""Rounds of blind second assays: seed committed, word said, lots drawn, samples measured by code, all shown at the end.

While a round is open nobody sees what the laboratory found: not the parties, and of the lot not the laboratory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.people.persons import AUDITOR, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust import links, tables
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.blind import Assayed, Ticket, commitment, en_number, is_drawn, mean_z, ticket, wrong
from chumbak.exchange.trust.policy import policy_of

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

FEWEST = 5  # lots of one buyer, before their mean says anything
Assay = Mapping[str, tuple[int, int]]  # element: micrograms a gram, expanded uncertainty (k = 2)


@dataclass(frozen=True)
class Round:
    """A round. ``seed`` is "" until it is closed; ``word`` was said by ``person`` when it began."""

    id: str
    n: int
    commitment: str
    seed: str
    word: str
    share: Fraction
    person: str
    begun_us: int
    closed_us: int


def next_commitment(work: Work) -> str:
    """Return the commitment to the seed of the next round ("" while there is none: the first round makes it)."""
    row = _unused(work)
    return row.commitment if row else ""


def begin(work: Work, word: str) -> None:
    """Begin a round with a word of the auditor's own, said after the seed was committed. Raises ``Refusal``."""
    if AUDITOR not in person(work, work.actor).roles:
        raise Refusal(N_("Only an auditor begins and ends a round."))
    if open_round(work) is not None:
        raise Refusal(N_("A round is open. End it first."))
    if not word.strip():
        raise Refusal(N_("Say a word or number of your own, that nobody could know before."), field="word")
    _begin(work, word.strip()[:200], work.actor)


def _begin(work: Work, word: str, actor: str) -> None:
    row = _unused(work) or _commit(work)
    made = {"seed": row.id, "step": "begun", "word": word, "person": actor, "made_us": work.now_us}
    share = str(policy_of(work.settings).numbers["blind", "share"])
    work.connection.execute(tables.round_.insert().values(**made, share=share))
    _commit(work)
    work.audit("round-begun", row.id, commitment=row.commitment)


def open_round(work: Work) -> Round | None:
    """Return the round that is open, None if none is."""
    return next((one for one in rounds(work) if not one.closed_us), None)


def rounds(work: Work) -> list[Round]:
    """Return all rounds, newest first; the seed only of those that are closed."""
    r = tables.round_.c
    seeds = {row.id: row for row in work.connection.execute(select(tables.seed))}
    begun = work.connection.execute(select(tables.round_).where(r.step == "begun")).all()
    ended = work.connection.execute(select(r.seed, r.made_us).where(r.step == "closed"))
    closed = {row.seed: row.made_us for row in ended}
    found = [
        Round(
            row.seed, seeds[row.seed].n, seeds[row.seed].commitment, seeds[row.seed].seed if row.seed in closed else "",
            row.word, Fraction(row.share), row.person, row.made_us, closed.get(row.seed, 0),
        )
        for row in begun
    ]  # fmt: skip
    return sorted(found, key=lambda one: -one.n)


def draw(work: Work, *, lot: str, fixed: str, first: Assay, seller: str, buyer: str) -> str:
    """Draw a settled lot or not; return the sample's code, "" if it is not drawn. Once a lot.

    ``fixed`` is a digest of what was settled; ``first`` the assay that was settled on. If no round is open, one begins.
    """
    if open_round(work) is None:
        _begin(work, "", SYSTEM)
    current = open_round(work)
    assert current is not None
    seed = work.connection.execute(select(tables.seed.c.seed).where(tables.seed.c.id == current.id)).scalar_one()
    known = select(tables.blind.c.code, tables.blind.c.drawn).where(tables.blind.c.lot == lot)
    if (row := work.connection.execute(known).one_or_none()) is not None:
        return row.code if row.drawn else ""
    number = ticket(seed, current.word, lot, fixed)
    drawn = is_drawn(number, current.share)
    code = work.new_id("sample")
    kept = {"first": json.dumps(first), "fixed": fixed, "parties": json.dumps([seller, buyer]), "made_us": work.now_us}
    row_ = {"code": code, "lot": lot, "seed": current.id, "ticket": number, "drawn": int(drawn)}
    work.connection.execute(tables.blind.insert().values(**row_, **kept))
    return code if drawn else ""


def to_measure(work: Work, lab: str) -> list[tuple[str, list[str]]]:
    """Return the samples that a laboratory (a party) is to measure: codes and elements, in an order that tells nothing.

    Those of its own lots, and of lots of those related to it, are left out.
    """
    b = tables.blind.c
    query = select(tables.blind).where(
        b.drawn == 1, ~exists().where(tables.found.c.code == b.code),
        ~exists().where(tables.round_.c.seed == b.seed, tables.round_.c.step == "closed"),
    )  # fmt: skip
    rows = work.connection.execute(query.order_by(b.code)).all()
    apart = [row for row in rows if all(links.why_related(work, lab, one) is None for one in json.loads(row.parties))]
    return [(row.code, sorted(json.loads(row.first))) for row in apart]


def enter(work: Work, code: str, assay: Assay) -> None:
    """Enter what a laboratory found of a sample: once, for all its elements. Raises ``Refusal``."""
    who = person(work, work.actor)
    wanted = dict(to_measure(work, who.party)).get(code)
    if wanted is None:
        raise Refusal(N_("No sample with this code waits for you."), field="code")
    if sorted(assay) != wanted:
        raise Refusal(N_("Enter every element: %(elements)s."), elements=", ".join(wanted))
    rows = [
        {"code": code, "element": element, "ug_per_g": value, "expanded": expanded, "person": work.actor}
        for element, (value, expanded) in assay.items()
    ]
    try:
        with work.connection.begin_nested():
            work.connection.execute(tables.found.insert(), [row | {"made_us": work.now_us} for row in rows])
    except IntegrityError:
        raise Refusal(N_("An uncertainty is more than zero, a content zero or more."), field="code") from None
    work.audit("blind-assay", code)


def close(work: Work) -> list[str]:
    """Close the open round: show its seed, compare assays of every sample; return the alarms. Raises ``Refusal``."""
    if AUDITOR not in person(work, work.actor).roles:
        raise Refusal(N_("Only an auditor begins and ends a round."))
    current = open_round(work)
    if current is None:
        raise Refusal(N_("No round is open."))
    row = {"seed": current.id, "step": "closed", "word": "", "share": "", "person": work.actor}
    work.connection.execute(tables.round_.insert().values(**row, made_us=work.now_us))
    work.audit("round-closed", current.id)
    samples = _samples(work, tables.blind.c.seed == current.id)
    found = [id for sample in samples for id in _compare(work, sample)]
    return found + [id for buyer in sorted({sample.buyer for sample in samples}) for id in _bias(work, buyer)]


def tickets(work: Work, id: str) -> list[Ticket]:
    """Return the tickets of a round, by lot."""
    b = tables.blind.c
    rows = work.connection.execute(select(tables.blind).where(b.seed == id).order_by(b.lot))
    return [Ticket(row.lot, row.fixed, row.ticket, bool(row.drawn)) for row in rows]


def is_sound(work: Work, one: Round) -> bool:
    """Whether all tickets of a closed round follow from its seed and word."""
    return not wrong(one.seed, one.commitment, one.word, one.share, tickets(work, one.id))


@dataclass(frozen=True)
class Sample:
    """A lot that was drawn: both assays by element, the second {} where none came."""

    lot: str
    seller: str
    buyer: str
    first: Mapping[str, Assayed]
    second: Mapping[str, Assayed]


def _samples(work: Work, condition: Any) -> list[Sample]:
    b = tables.blind.c
    found = []
    for row in work.connection.execute(select(tables.blind).where(condition, b.drawn == 1).order_by(b.code)).all():
        again = work.connection.execute(select(tables.found).where(tables.found.c.code == row.code))
        second = {one.element: Assayed(one.ug_per_g, one.expanded) for one in again}
        first = {element: Assayed(*pair) for element, pair in json.loads(row.first).items()}
        seller, buyer = json.loads(row.parties)
        found.append(Sample(row.lot, seller, buyer, first, second))
    return found


def _compare(work: Work, sample: Sample) -> list[str]:
    """Raise an alarm about a lot whose second assay does not agree, or never came."""
    against = [sample.seller, sample.buyer]
    if not sample.second:
        text = N_("Drawn for a blind second assay, and none came before the round was closed.")
        return [alarm(work, "blind", sample.lot, text, against=against)]
    most = policy_of(work.settings).number("blind", "en")
    numbers = {element: en_number(first, sample.second[element]) for element, first in sample.first.items()}
    element = max(numbers, key=lambda one: abs(numbers[one]))
    if abs(numbers[element]) <= most:
        return []
    first, second = sample.first[element], sample.second[element]
    text = N_("%(element)s: %(first)s µg/g ± %(first_expanded)s was settled, a blind second assay found %(second)s ± "
              "%(second_expanded)s. En is %(en)s; a person looks beyond %(most)s.")  # fmt: skip
    return [
        alarm(
            work, "blind", sample.lot, text, against=against, element=element, first=round(first.value),
            first_expanded=round(first.expanded), second=round(second.value), second_expanded=round(second.expanded),
            en=round(numbers[element], 2), most=most,
        )
    ]  # fmt: skip


def _bias(work: Work, buyer: str) -> list[str]:
    """Raise an alarm about a buyer whose lots err to one side, over all closed rounds."""
    closed = exists().where(tables.round_.c.seed == tables.blind.c.seed, tables.round_.c.step == "closed")
    samples = [one for one in _samples(work, closed) if one.buyer == buyer and one.second]
    most = policy_of(work.settings).number("blind", "z")
    found = []
    for element in sorted({element for one in samples for element in one.first}):
        pairs = [(one.first[element], one.second[element]) for one in samples if element in one.first]
        z = mean_z(pairs)
        if len(pairs) >= FEWEST and abs(z) > most:
            text = LOW if z < 0 else HIGH
            said: dict[str, Any] = {"lots": len(pairs), "z": round(abs(z), 1), "most": most}
            found.append(alarm(work, "bias", buyer, text, against=[buyer], element=element, **said))
    return found


LOW = N_("%(element)s was settled lower than blind second assays find, over %(lots)s lots: z of the mean is %(z)s; "
         "a person looks above %(most)s.")  # fmt: skip
HIGH = N_("%(element)s was settled higher than blind second assays find, over %(lots)s lots: z of the mean is %(z)s; "
          "a person looks above %(most)s.")  # fmt: skip


def _unused(work: Work) -> Any:
    s = tables.seed.c
    unused = ~exists().where(tables.round_.c.seed == s.id)
    return work.connection.execute(select(tables.seed).where(unused).order_by(s.n).limit(1)).one_or_none()


def _commit(work: Work) -> Any:
    """Draw the seed of the round after this one and commit to it."""
    n = work.connection.execute(select(func.coalesce(func.max(tables.seed.c.n), 0))).scalar_one() + 1
    seed = f"{work.desk.random.getrandbits(256):064x}"
    row = {"id": work.new_id("round"), "n": n, "seed": seed, "commitment": commitment(seed), "made_us": work.now_us}
    work.connection.execute(tables.seed.insert().values(**row))
    work.audit("seed-committed", row["id"], commitment=row["commitment"])
    return work.connection.execute(select(tables.seed).where(tables.seed.c.id == row["id"])).one()
