"""What a device earns, line by line: the lines sum to the reward, to the paisa.

    metal       content x share recovered x price by element; one whose recovery is not known counts nothing
    treatment   what treating it costs, as far as the catalogue has it
    kept        what the recycler keeps of what is left: all but the tariff's share
    condition   what is taken off for the condition
    bonus, and what brings the sum to the floor, the cap and a round amount

Everything is reckoned in exact fractions of the catalogue's central figures and rounded once, at the end: the reward
half to even to the tariff's step, its lines by largest remainder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

from chumbak.elements.masses import ELEMENTS
from chumbak.exchange.catalogue import Catalogue, Kind
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback.tariff import Tariff

METAL, TREATMENT, KEPT, CONDITION, BONUS, FLOOR, CAP, ROUNDED = (
    "metal", "treatment", "kept", "condition", "bonus", "floor", "cap", "rounded"
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One reason. ``of`` is the element or step; of metal ``ug`` are contained and ``share`` is recovered."""

    what: str
    of: str
    paise: int
    ug: int = 0
    share: float = 0.0


@dataclass(frozen=True)
class Reward:
    """What a device in a condition earns. ``unpriced`` are elements that count nothing, for want of a figure."""

    kind: str
    condition: str
    paise: int
    lines: tuple[Line, ...]
    unpriced: tuple[str, ...] = ()

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def read_reward(text: str) -> Reward:
    """Return what ``Reward.text`` wrote."""
    said = json.loads(text)
    lines = tuple(Line(**line) for line in said["lines"])
    return Reward(said["kind"], said["condition"], said["paise"], lines, tuple(said["unpriced"]))


def reward(kind: str, condition: str, tariff: Tariff, catalogue: Catalogue) -> Reward:
    """Return what one device earns. Raises ``Refusal`` for a kind or condition that is not taken."""
    terms, device = tariff.kinds.get(kind), catalogue.kind(kind)
    if terms is None or device is None:
        raise Refusal(N_("This kind of device is not taken back here."), "kind")
    if condition not in tariff.conditions:
        raise Refusal(N_("Choose the condition of the device."), "condition")
    metal = recoverable_worth(device)
    costs = _costs(device, catalogue)
    parts: list[tuple[str, str, Fraction]] = [(METAL, element, worth) for element, worth in metal.items()]
    parts += [(TREATMENT, step, -cost) for step, cost in costs.items()]
    left = sum(metal.values(), Fraction(0)) - sum(costs.values(), Fraction(0))
    if left > 0:
        shared = left * tariff.share
        parts += [(KEPT, "", shared - left), (CONDITION, condition, shared * (tariff.conditions[condition] - 1))]
    parts.append((BONUS, "", Fraction(terms.bonus)))
    paise = _brought_within(parts, tariff)
    amounts = largest_remainder(paise, [part for _, _, part in parts])
    lines = tuple(
        _line(device, what, of, amount) for (what, of, _), amount in zip(parts, amounts, strict=True) if amount
    )
    return Reward(kind, condition, paise, lines, tuple(sorted(set(device.ug) & ELEMENTS - set(metal))))


def _brought_within(parts: list[tuple[str, str, Fraction]], tariff: Tariff) -> int:
    """Add the lines of floor, cap and rounding to the parts; return what all come to."""
    total = sum((part for _, _, part in parts), Fraction(0))
    within = min(max(total, Fraction(tariff.floor)), Fraction(tariff.cap))
    if within != total:
        parts.append((FLOOR if within > total else CAP, "", within - total))
    paise = round(within / tariff.round_to) * tariff.round_to
    if paise != within:
        parts.append((ROUNDED, "", paise - within))
    return paise


def recoverable_worth(device: Kind) -> dict[str, Fraction]:
    """Return the worth in paise of what can be won back of one unit, of the elements of which both are known."""
    return {
        element: Fraction(device.paise[element][0]) * Fraction(device.recoverable[element])
        for element in sorted(device.paise, key=lambda element: (-device.paise[element][0], element))
        if device.recoverable.get(element) is not None
    }


def _costs(device: Kind, catalogue: Catalogue) -> dict[str, Fraction]:
    """Return what treating one unit costs, by step; costs by weight for what it is known to contain."""
    kilograms = Fraction(sum(round(triple[0]) for triple in device.ug.values()), 10**9)
    found: dict[str, Fraction] = {}
    for cost in catalogue.costs:
        if cost.of in ("", device.id):
            times = kilograms if cost.per == "kg" else 1
            found[cost.step] = found.get(cost.step, Fraction(0)) + Fraction(cost.paise[0]) * times
    return found


def _line(device: Kind, what: str, of: str, paise: int) -> Line:
    if what != METAL:
        return Line(what, of, paise)
    return Line(what, of, paise, round(device.ug[of][0]), float(device.recoverable[of]))


def largest_remainder(total: int, parts: Sequence[Fraction]) -> list[int]:
    """Return whole numbers that sum to ``total``, as the parts do, each less than 1 off its part."""
    whole = [part.numerator // part.denominator for part in parts]
    missing = total - sum(whole)
    order = sorted(range(len(parts)), key=lambda at: (whole[at] - parts[at], at))
    for at in order[:missing]:
        whole[at] += 1
    return whole


def content(device: Kind, grams: int | None = None) -> dict[str, int]:
    """Return what one unit is taken to hold, micrograms by chemical element, and never more than it weighs.

    The catalogue's central content; of a device that weighs less than that alone, something is missing, and all is
    scaled down to its weight.
    """
    central = {element: round(triple[0]) for element, triple in sorted(device.ug.items()) if element in ELEMENTS}
    total = sum(central.values())
    if grams is not None and total > grams * 1_000_000:
        central = {element: ug * grams * 1_000_000 // total for element, ug in central.items()}
    return {element: ug for element, ug in central.items() if ug > 0}


def together(rewards: Mapping[str, Reward] | Sequence[Reward]) -> list[Line]:
    """Return the lines of many devices, summed by what they are for."""
    listed = rewards.values() if isinstance(rewards, Mapping) else rewards
    found: dict[tuple[str, str], Line] = {}
    for one in listed:
        for line in one.lines:
            before = found.get((line.what, line.of))
            if before is None:
                found[line.what, line.of] = line
                continue
            ug = before.ug + line.ug
            share = (before.share * before.ug + line.share * line.ug) / ug if ug else 0.0
            found[line.what, line.of] = Line(line.what, line.of, before.paise + line.paise, ug, share)
    return list(found.values())
