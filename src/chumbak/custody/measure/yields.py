"""From measured steps of making to lots for calibration: whose errors are their own, and which they share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chumbak.custody.measure.amount import Amount
from chumbak.reconcile.calibrate import Lot, Part


@dataclass(frozen=True, slots=True)
class Made:
    """One run of a step for one element: amounts in, out as product, and lost (None where losses were not measured)."""

    name: str
    inputs: tuple[Amount, ...]
    products: tuple[Amount, ...]
    losses: tuple[Amount, ...] | None = None


def lots_of(made: Sequence[Made]) -> tuple[Lot, ...]:
    """Return lots for ``calibrate``, in micrograms: an error that is in one amount only is its own, others are shared.

    With that a lot that is the product of one run and the input of the next, on one measurement, makes both err
    together.
    """
    times = Counter(name for one in made for amount in _amounts(one) for name in amount.effects)

    def part(amount: Amount) -> Part:
        own = math.sqrt(math.fsum(effect**2 for name, effect in amount.effects.items() if times[name] == 1))
        shared = {name: effect for name, effect in amount.effects.items() if times[name] > 1}
        return Part(float(amount.micrograms), own, shared)

    return tuple(
        Lot(
            one.name,
            tuple(part(amount) for amount in one.inputs),
            tuple(part(amount) for amount in one.products),
            None if one.losses is None else tuple(part(amount) for amount in one.losses),
        )
        for one in made
    )


def _amounts(made: Made) -> tuple[Amount, ...]:
    return (*made.inputs, *made.products, *(made.losses or ()))
