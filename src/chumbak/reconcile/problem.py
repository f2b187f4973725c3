"""What is to be reconciled: quantities, the balances between them, and the errors that several of them share.

A quantity is a flow, a mass, a mass fraction or a transfer coefficient, in any unit as long as the balances agree. A
balance is a sum of terms ``factor x quantity`` or ``factor x quantity x quantity`` that equals a constant; with that
one form go mass balances (linear), component balances (flow x mass fraction), transfer coefficients and closing sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class ProblemError(ValueError):
    """A problem that cannot be worked on. ``faults`` holds a sentence for each thing that is wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that is measured, exact or unknown.

    ``value`` with ``sd`` above zero: measured, with that standard deviation of its own error (errors shared with
    others stand in ``Common``). ``value`` with ``sd`` 0: exact, never moved. Neither: unknown. ``floor`` is the
    least value it can have (None: no least); ``start`` is where an unknown begins, where balances are products and
    a guess helps.
    """

    name: str
    value: float | None = None
    sd: float | None = None
    floor: float | None = 0.0
    start: float | None = None

    @property
    def measured(self) -> bool:
        """Whether it has a value that may be moved."""
        return self.value is not None and bool(self.sd)

    @property
    def exact(self) -> bool:
        """Whether it has a value that is never moved."""
        return self.value is not None and self.sd == 0


class Term(NamedTuple):
    """``factor`` x ``quantity``, or ``factor`` x ``quantity`` x ``times``."""

    factor: float
    quantity: str
    times: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """The terms sum to ``constant``."""

    name: str
    terms: tuple[Term, ...]
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Common:
    """One error that several measured quantities share, such as the calibration of a scale.

    ``sd`` is by quantity what one standard deviation of that error does to it, in the unit of the quantity and with
    its sign: quantities of one sign err together. The covariance of two quantities is the sum of the products.
    """

    name: str
    sd: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Problem:
    """Quantities, balances and shared errors, checked when made. Raises ``ProblemError`` with all that is wrong."""

    quantities: tuple[Quantity, ...]
    balances: tuple[Balance, ...]
    commons: tuple[Common, ...] = ()

    def __post_init__(self) -> None:
        faults = [*_check_quantities(self.quantities), *_check_balances(self), *_check_commons(self)]
        if faults:
            raise ProblemError(faults)


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []


def _check_quantities(quantities: Sequence[Quantity]) -> list[str]:
    faults = [f"The quantity '{name}' stands twice. Give each one name." for name in _repeated(
        [quantity.name for quantity in quantities])]  # fmt: skip
    for quantity in quantities:
        numbers = (quantity.value, quantity.sd, quantity.floor, quantity.start)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            faults.append(f"'{quantity.name}' has a number that is not finite. Leave out what is not known.")
        elif (quantity.value is None) != (quantity.sd is None):
            faults.append(
                f"'{quantity.name}' has a value without a standard deviation, or the reverse. "
                "Give both, with 0 for an exact value, or neither where it is unknown."
            )
        elif quantity.sd is not None and quantity.sd < 0:
            faults.append(f"The standard deviation of '{quantity.name}' is below zero.")
        elif quantity.exact and quantity.floor is not None and quantity.value < quantity.floor:  # type: ignore[operator]
            faults.append(f"'{quantity.name}' is exact at {quantity.value:g} and below its floor {quantity.floor:g}.")
    return faults


def _check_balances(problem: Problem) -> list[str]:
    known = {quantity.name for quantity in problem.quantities}
    faults = [f"The balance '{name}' stands twice." for name in _repeated([row.name for row in problem.balances])]
    for row in problem.balances:
        if not row.terms:
            faults.append(f"The balance '{row.name}' has no terms.")
        if not all(math.isfinite(number) for number in (row.constant, *(term.factor for term in row.terms))):
            faults.append(f"The balance '{row.name}' has a number that is not finite.")
        names = [name for term in row.terms for name in term[1:] if name is not None]
        faults += [f"The balance '{row.name}' names '{name}', which is no quantity." for name in names
                   if name not in known]  # fmt: skip
    return faults


def _check_commons(problem: Problem) -> list[str]:
    measured = {quantity.name for quantity in problem.quantities if quantity.measured}
    faults = [f"The shared error '{name}' stands twice." for name in _repeated([one.name for one in problem.commons])]
    for common in problem.commons:
        faults += [f"The shared error '{common.name}' names '{name}', which is not measured." for name in common.sd
                   if name not in measured]  # fmt: skip
        if not all(math.isfinite(sd) for sd in common.sd.values()):
            faults.append(f"The shared error '{common.name}' has a number that is not finite.")
    return faults


class Measured(NamedTuple):
    """A measured value and the standard deviation of its own error; 0 for an exact value."""

    value: float
    sd: float


@dataclass(frozen=True, slots=True)
class Stream:
    """What flows between two nodes, or from and to the outside.

    ``flow`` is None where it is not measured. ``fractions`` are mass fractions by element, None where not measured;
    an element that is left out is not in the stream.
    """

    name: str
    flow: Measured | None = None
    fractions: Mapping[str, Measured | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A place where what comes in goes out: names of streams."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def flowsheet(
    streams: Sequence[Stream], nodes: Sequence[Node], *, complete: bool = False, more: Sequence[Balance] = (),
    also: Sequence[Quantity] = (), commons: Sequence[Common] = (),
) -> Problem:  # fmt: skip
    """Return the problem of a flowsheet: a total balance of each node, and one for each element assayed around it.

    The quantities are ``stream`` for flows and ``stream/element`` for fractions, the balances ``node`` and
    ``node/element``. With ``complete`` the fractions of a stream are all there is in it and sum to one
    (``stream/sum``). ``more`` and ``also`` add balances and quantities, such as a transfer coefficient.
    """
    by_name = {stream.name: stream for stream in streams}
    faults = [f"The node '{node.name}' names '{name}', which is no stream." for node in nodes
              for name in (*node.inputs, *node.outputs) if name not in by_name]  # fmt: skip
    if faults:
        raise ProblemError(faults)
    quantities: list[Quantity] = []
    rows: list[Balance] = []
    for stream in streams:
        flow = stream.flow or (None, None)
        quantities.append(Quantity(stream.name, *flow))
        for element, found in stream.fractions.items():
            quantities.append(Quantity(f"{stream.name}/{element}", *(found or (None, None))))
        if complete and stream.fractions:
            terms = tuple(Term(1.0, f"{stream.name}/{element}") for element in stream.fractions)
            rows.append(Balance(f"{stream.name}/sum", terms, 1.0))
    for node in nodes:
        sides = [(1.0, name) for name in node.inputs] + [(-1.0, name) for name in node.outputs]
        rows.append(Balance(node.name, tuple(Term(sign, name) for sign, name in sides)))
        for element in dict.fromkeys(element for _, name in sides for element in by_name[name].fractions):
            terms = tuple(
                Term(sign, name, f"{name}/{element}") for sign, name in sides if element in by_name[name].fractions
            )
            rows.append(Balance(f"{node.name}/{element}", terms))
    return Problem((*quantities, *also), (*rows, *more), tuple(commons))
