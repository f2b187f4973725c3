"""The fair price of a lot, with every line that it comes from.

    metal   content x share that the best route wins x price, element by element
    cost    collecting, dismantling, treating, smelting: as far as the catalogue has it
    price   metal - cost, rounded once, half to even; the lines are brought to it by largest remainder

The range holds with 90 %. Contents, recoveries and prices move together within a lot (``won`` of the catalogue, which
draws them together; without it all ends are taken to meet), costs among themselves, and both apart from each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import hypot

from chumbak.exchange.catalogue import Catalogue, Kind, Substance, Triple
from chumbak.exchange.refusal import N_, Refusal

METAL, COST = "metal", "cost"
WINS = ("treating", "smelting")  # the steps of a cost that win elements
MOST_GRAMS, MOST_PIECES = 1_000_000_000, 1_000_000  # a thousand tonnes, a million devices: more is a slip of the pen
MICROGRAMS = 1_000_000  # in a gram
MOST_UNTREATED = 0.5  # share of the metals' worth without a cost of winning it, from which on it is no fair price


@dataclass(frozen=True)
class Line:
    """One reason: of a metal ``ug`` are contained and ``share`` is won. ``of`` is the element or the step."""

    what: str
    of: str
    paise: int
    ug: int = 0
    share: float = 0.0
    source: str = ""


@dataclass(frozen=True)
class Fair:
    """What a lot is worth: ``paise`` with a range of 90 %, below zero where treating costs more than it wins.

    ``of`` is the class. A device is counted (``pieces``), a substance weighed (``grams``; of devices what they weigh, 0
    if nobody weighed them). ``silent`` are elements that count nothing for want of a price or a recovery, ``sources``
    those of the content. ``untreated`` is the share of the metals' worth that no known cost wins, so that none is taken
    off for it. ``edition`` is that of the catalogue.
    """

    of: str
    pieces: int
    grams: int
    paise: int
    low: int
    high: int
    lines: tuple[Line, ...]
    content: Mapping[str, int]
    silent: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""
    untreated: float = 0.0
    edition: str = ""

    @property
    def by_weight(self) -> bool:
        """Whether it is sold by weight."""
        return not self.pieces

    @property
    def each(self) -> tuple[int, int, int]:
        """Return the price of a kilogram or a piece in paise, with its range: central, low, high."""
        many = Fraction(self.grams, 1000) if self.by_weight else Fraction(self.pieces)
        central, low, high = (round(paise / many) for paise in (self.paise, self.low, self.high))
        return central, low, high

    @property
    def at_most(self) -> bool:
        """Whether ``paise`` is an upper end and no fair price: of most of the worth no cost of winning it is known."""
        return self.untreated > MOST_UNTREATED

    @property
    def treated(self) -> int:
        """Return what is left of it if only those metals count that a known cost wins."""
        metal = sum(line.paise for line in self.lines if line.what == METAL)
        return self.paise - round(metal * self.untreated)

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def about(paise: int) -> int:
    """Return an amount to three figures, in whole units of the currency from ten on: no range is known better."""
    scale: int = 10 ** max(len(str(abs(paise))) - 3, 2 if abs(paise) >= 1000 else 0)
    return round(Fraction(paise, scale)) * scale


def read_fair(text: str) -> Fair:
    """Return what ``Fair.text`` wrote."""
    said = json.loads(text)
    lists = {"silent": tuple(said["silent"]), "sources": tuple(said["sources"])}
    return Fair(**(said | lists | {"lines": tuple(Line(**line) for line in said["lines"])}))


def fair_price(catalogue: Catalogue, of: str, *, grams: int = 0, pieces: int = 0) -> Fair:
    """Return the fair price of so many devices, or so many grams of a substance. Raises ``Refusal``."""
    kind, substance = catalogue.kind(of), catalogue.substance(of)
    check_amount(grams, pieces, counted=kind is not None)
    if kind is not None:
        times, paise, won, held = float(pieces), _of_kind(kind), kind.won, kind.ug
        about: Kind | Substance = kind
    elif substance is not None:
        times, paise, won, held = float(grams), _of_substance(substance, catalogue), substance.won, substance.ug_per_g
        about, pieces = substance, 0
    else:
        raise Refusal(N_("Choose what it is."), field="goods")
    costs = _costs(catalogue, about, times)
    metal = {element: triple[0] * times * about.recoverable[element] for element, triple in paise.items()}
    exact = {(METAL, element): Fraction(worth) for element, worth in metal.items()}
    exact |= {(COST, step): -Fraction(triple[0]) for step, (triple, _) in costs.items()}
    total = round(sum(exact.values(), Fraction(0)))
    content = _within({element: round(triple[0] * times) for element, triple in held.items()}, grams)
    amounts = largest_remainder(total, exact)
    lines = [
        Line(what, name, amount, content.get(name, 0), about.recoverable[name], catalogue.metals[name].source)
        if what == METAL
        else Line(what, name, amount, source=costs[name][1])
        for (what, name), amount in amounts.items()
    ]
    below, above = _range(paise, about.recoverable, won, [triple for triple, _ in costs.values()], times)
    return Fair(
        of, pieces, grams, total, round(float(total) - below), round(float(total) + above),
        tuple(sorted(lines, key=lambda line: (line.what != METAL, -abs(line.paise), line.of))), content,
        tuple(sorted(held.keys() - paise.keys())), about.sources, about.note,
        untreated(catalogue, about.id, metal), catalogue.edition,
    )  # fmt: skip


def check_amount(grams: int, pieces: int, *, counted: bool) -> None:
    """Raise ``Refusal`` where a lot has no weight or count, or one that nothing has."""
    if counted and not 0 < pieces <= MOST_PIECES:
        raise Refusal(N_("Write how many there are, from 1 to %(most)s."), field="pieces", most=MOST_PIECES)
    if not (0 if counted else 1) <= grams <= MOST_GRAMS:
        raise Refusal(N_("Write what it weighs, more than 0 and at most %(most)s kg."), field="weight",
                      most=MOST_GRAMS // 1000)  # fmt: skip


def largest_remainder(total: int, exact: Mapping[tuple[str, str], Fraction]) -> dict[tuple[str, str], int]:
    """Return whole amounts that sum to ``total`` (the rounded sum of the exact ones), each off by less than one."""
    whole = {name: amount.numerator // amount.denominator for name, amount in exact.items()}
    missing = total - sum(whole.values())
    order = sorted(exact, key=lambda name: (whole[name] - exact[name], name))
    return {name: amount + (name in order[: max(missing, 0)]) for name, amount in whole.items()}


def _of_kind(kind: Kind) -> dict[str, Triple]:
    return {element: triple for element, triple in kind.paise.items() if element in kind.recoverable}


def _of_substance(substance: Substance, catalogue: Catalogue) -> dict[str, Triple]:
    """Return the worth of a gram, element by element: ends of content and price met."""
    found = {}
    for element, held in substance.ug_per_g.items():
        metal = catalogue.metals.get(element)
        if metal is not None and element in substance.recoverable:
            a, b, c = (ug / MICROGRAMS * price for ug, price in zip(held, metal.paise_per_g, strict=True))
            found[element] = (a, b, c)
    return found


def _costs(catalogue: Catalogue, about: Kind | Substance, times: float) -> dict[str, tuple[Triple, str]]:
    """Return what the lot costs by step, with the source; costs by weight are of the known content of devices."""
    found: dict[str, tuple[Triple, str]] = {}
    counted = isinstance(about, Kind)
    held = sum(triple[0] for triple in about.ug.values()) / MICROGRAMS if isinstance(about, Kind) else 1.0
    for cost in catalogue.costs:
        if cost.of not in ("", about.id) or (cost.per != "kg" and not counted):
            continue
        many = times * held / 1000 if cost.per == "kg" else times
        before, source = found.get(cost.step, ((0.0, 0.0, 0.0), ""))
        central, low, high = (old + many * new for old, new in zip(before, cost.paise, strict=True))
        sources = [one for one in (source, cost.source) if one]
        found[cost.step] = ((central, low, high), "; ".join(dict.fromkeys(sources)))
    return found


def untreated(catalogue: Catalogue, of: str, metal: Mapping[str, float]) -> float:
    """Return the share of the worth of metals of which the catalogue has no cost of winning them."""
    treated: set[str] = set()
    for cost in catalogue.costs:
        if cost.of in ("", of) and cost.step in WINS:
            treated |= set(cost.elements or metal)
    whole = sum(metal.values())
    return round(sum(worth for name, worth in metal.items() if name not in treated) / whole, 6) if whole else 0.0


def _range(
    paise: Mapping[str, Triple], recoverable: Mapping[str, float], won: Triple | None, costs: list[Triple], times: float
) -> tuple[float, float]:
    """Return how far the price reaches below and above its central value."""
    if won is None:
        a, b, c = (sum(triple[end] * recoverable[name] for name, triple in paise.items()) for end in range(3))
        won = (a, b, c)
    central, low, high = (end * times for end in won)
    cost, least, most = (sum(triple[end] for triple in costs) for end in range(3))
    return hypot(central - low, most - cost), hypot(high - central, cost - least)


def _within(content: dict[str, int], grams: int) -> dict[str, int]:
    """Return a content that is no heavier than the lot: all is scaled down to what was weighed."""
    total, most = sum(content.values()), grams * MICROGRAMS
    if grams and total > most:
        content = {element: ug * most // total for element, ug in content.items()}
    return {element: ug for element, ug in sorted(content.items()) if ug > 0}
