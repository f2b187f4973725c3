"""Material balance areas: what a period leaves unaccounted for, and whether that is more than measuring explains.

For an area, a period and an element, MUF (material unaccounted for) = what was there + what came in - what went out
- what was found there at the end. Above zero something is missing. It is a whole number of micrograms; its sigma is
propagated through the names of errors (``amount``), so that shared errors are counted as what they are. Where goods
are counted and sealed (an item area) nothing is measured anew, and MUF has to be zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from chumbak.custody.measure.amount import Amount, total

Kind = Literal["bulk", "item"]
LIMIT = 3.0  # sigmas above which a MUF is an alarm: 0.27 % of periods without any loss or gain
SEEN = 1.6448536269514722  # further sigmas for a loss to be seen with 95 %


@dataclass(frozen=True, slots=True)
class Closed:
    """One element of a closed period. Masses are micrograms of contained element.

    ``muf`` holds MUF and its errors by name. ``detectable`` is the loss that would raise an alarm with 95 %.
    ``why`` says in words what speaks for an alarm, and is empty where there is none.
    """

    element: str
    kind: Kind
    begin: int
    received: int
    shipped: int
    end: int
    muf: Amount
    limit: float
    why: str

    @property
    def alarm(self) -> bool:
        """Whether MUF is more than measuring explains."""
        return bool(self.why)

    @property
    def detectable(self) -> float:
        """The loss, in micrograms, that a closing as this one finds with 95 %."""
        return (self.limit + SEEN) * self.muf.sigma


def close(
    element: str, begin: Iterable[Amount], received: Iterable[Amount], shipped: Iterable[Amount], end: Iterable[Amount],
    kind: Kind = "bulk", limit: float = LIMIT,
) -> Closed:  # fmt: skip
    """Return the balance of an element over a period.

    Raises ``ValueError`` for a limit that is not from 0 to 3 sigmas (a wider one would hide alarms), and for an error
    that is not a finite number.
    """
    if not 0 < limit <= LIMIT:
        raise ValueError(f"A limit of {limit:g} sigmas is not above 0 and at most {LIMIT:g}: a wider one hides alarms.")
    sides = [list(side) for side in (begin, received, shipped, end)]
    signed = [(sign, one) for sign, side in zip((1, 1, -1, -1), sides, strict=True) for one in side]
    muf = total(signed, f"MUF of {element}")
    muf = Amount(muf.micrograms, {name: effect for name, effect in muf.effects.items() if effect}, muf.what)
    if not math.isfinite(muf.sigma):
        raise ValueError(f"An error of a measurement of {element} is not a finite number.")
    there, came, went, left = (sum(one.micrograms for one in side) for side in sides)
    return Closed(element, kind, there, came, went, left, muf, limit, reason(element, kind, muf, limit))


def close_all(
    sides: Mapping[str, tuple[Iterable[Amount], Iterable[Amount], Iterable[Amount], Iterable[Amount]]],
    kind: Kind = "bulk", limit: float = LIMIT,
) -> tuple[Closed, ...]:  # fmt: skip
    """Return the balances of all elements of an area; (begin, received, shipped, end) by element."""
    return tuple(close(element, *sides[element], kind=kind, limit=limit) for element in sorted(sides))


def reason(element: str, kind: Kind, muf: Amount, limit: float) -> str:
    """Return in words why this MUF is an alarm, or nothing."""
    way = "missing" if muf.micrograms > 0 else "more there than the books say"
    size = f"{abs(muf.micrograms)} micrograms of {element} {way}"
    if not muf.micrograms:
        return ""
    if kind == "item":
        return f"{size}; items are counted, so nothing may be"
    if muf.sigma == 0:
        return f"{size}, and no measurement states an uncertainty that could explain it"
    if abs(muf.micrograms) > limit * muf.sigma:
        return f"{size}, {abs(muf.micrograms) / muf.sigma:.2f} times sigma and above the limit of {limit:g}"
    return ""
