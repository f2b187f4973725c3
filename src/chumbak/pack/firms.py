"""A firm's own case: what it uses, what it has, what is on the way, from whom. Reading and checking it.

::

    name: scooter_maker
    title: A maker of electric scooters
    sector: ev
    output: {value: 24106, unit: item/month}       of full output
    magnets: {value: 0.6, low: 0.3, high: 1.2, unit: kg/item}
    value: {value: 45000, unit: INR/item}          lost for a unit that is not made; in the pack's currency
    grades: {SH: 0.7, N: 0.3}                       shares of the magnets
    stock: {SH: {value: 3, unit: week}, N: {value: 40, unit: kg}}
    orders: [{grade: SH, origin: CHN, amount: {value: 120, unit: kg}, weeks: 2}]   left out: the usual flow
    suppliers: {CHN: 0.9, JPN: 0.1}
    lag: {CHN: 5}                                   weeks from leaving to arriving; left out: the pack's
    other: {weeks: 26, share: 0.3}                  other suppliers, once qualified; left out: the pack's
    regrade: {from: [SH], to: N, share: 1, weeks: 14}

``output``, ``magnets`` and ``value`` are by item, MW or t, all three by the same.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from chumbak.pack.episodes import Grade, Sector
from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.files import read_yaml
from chumbak.pack.forms import (
    HOME,
    SUM_TOLERANCE,
    Amount,
    Line,
    Name,
    Number,
    Path_,
    Reading,
    Share,
    Sourced,
    Weeks,
    numbers,
    read_form,
    sum_to_one,
    word,
)
from chumbak.pack.forms import measured as within
from chumbak.pack.pack import Pack
from chumbak.pack.units import UnitError, factor

Supplier = Annotated[str, AfterValidator(word("origins", HOME))]
Output = Annotated[Number, AfterValidator(within(1e-6, 1e9, "item/week", "MW/week", "t/week"))]
Magnets = Annotated[Number, AfterValidator(within(1e-9, 1e6, "kg/item", "kg/MW", "kg/t"))]
Value = Annotated[Number, AfterValidator(within(0.0, 1e15, "money/item", "money/MW", "money/t"))]
Held = Annotated[Number, AfterValidator(within(0.0, 1e9, "week", "kg"))]


class OrderForm(Sourced):
    """Goods on the way: an ``amount`` of a grade (kg, or weeks of use) that arrives in so many ``weeks``."""

    grade: Grade
    amount: Held
    weeks: Weeks
    origin: Supplier | None = None


class OtherForm(Sourced):
    """Other suppliers: the ``weeks`` it takes to qualify them, and the ``share`` of use that they can add."""

    weeks: Weeks
    share: Share


class RegradeForm(Sourced):
    """Another grade in place of some: ``weeks`` until it is qualified, and the ``share`` of their use that can change.

    In a file ``of`` is called ``from``.
    """

    to: Grade
    share: Share
    weeks: Weeks
    of: list[Grade] = Field(alias="from", min_length=1)


class FirmForm(Sourced):
    """A firm's case."""

    name: Name
    title: Line
    sector: Sector
    output: Output
    magnets: Magnets
    value: Value
    grades: Annotated[dict[Grade, Share], sum_to_one] = Field(min_length=1)
    stock: dict[Grade, Held]
    suppliers: Annotated[dict[Supplier, Share], sum_to_one] = Field(min_length=1)
    orders: list[OrderForm] | None = None
    lag: dict[Supplier, Weeks] = Field(default_factory=dict)
    other: OtherForm | None = None
    regrade: RegradeForm | None = None

    @property
    def counted(self) -> str:
        """Return what the firm's output is counted in: item, MW or t."""
        return self.output.unit.split("/")[0]


@dataclass(frozen=True)
class FirmFile:
    """A firm's case with the file it was read from."""

    shown: str
    form: FirmForm

    def amount(self, field: str) -> Amount:
        """Return a number of the case by its field, such as ``output``, ``stock.SH`` or ``orders.0.amount``."""
        return {".".join(map(str, path)): one for path, one, _ in numbers(self.form)}[field]

    def sides(self, field: str, unit: str) -> tuple[float, float, float]:
        """Return value, low and high of a field in a unit. Raises ``UnitError`` if it is not of that dimension."""
        amount = self.amount(field)
        return amount.times(factor(amount.unit, unit), unit).sides


def read_firm(path: Path, pack: Pack) -> FirmFile:
    """Return a firm's case. Raises ``PackError`` with every fault."""
    faults, shown = Faults(), str(path)
    read = read_form(FirmForm, path, shown, pack, faults)
    if read is not None:
        check_firm(read.form, (), read)
    else:
        _check_sums(path, shown, faults)
    faults.stop_if_any()
    assert read is not None
    return FirmFile(shown, read.form)


def _check_sums(path: Path, shown: str, faults: Faults) -> None:
    """Note shares that do not sum to 1 and of which one is faulty in another way too: all is told at once."""
    document = read_yaml(path, shown, Faults())
    content = document.content if document else None
    for name in ("grades", "suppliers"):
        shares = content.get(name) if isinstance(content, dict) else None
        if document is None or not isinstance(shares, dict) or name in {fault.column for fault in faults.found}:
            continue
        told = [_share(share) for share in shares.values()]
        if None not in told and abs(math.fsum(one or 0.0 for one in told) - 1) > SUM_TOLERANCE:
            what = f"the shares sum to {math.fsum(one or 0.0 for one in told):.6g}, not to 1"
            faults.add((shown, document.line((name,))), name, "shares-do-not-sum", what, "Mend one of them.")


def _share(given: object) -> float | None:
    """Return a share as it stands in a file, None for what is none."""
    value, unit = (given.get("value"), given.get("unit", "1")) if isinstance(given, dict) else (given, "1")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    with suppress(UnitError):
        found = value * factor(str(unit), "1")
        return found if 0 <= found <= 1 else None
    return None


def check_firm(form: FirmForm, path: Path_, read: Reading[BaseModel]) -> None:
    """Note parts of a firm's case, at ``path`` of a document, that do not go together."""
    for name in ("magnets", "value"):
        by = getattr(form, name).unit.split("/")[1]
        if by != form.counted:
            what = f"output is counted in {form.counted}, and '{name}' is by {by}"
            read.wrong((*path, name), "bad-unit", what, f"Give it by {form.counted}.")
    usable = [*form.grades, *([form.regrade.to] if form.regrade else [])]
    named: list[tuple[Path_, str]] = [(("stock", grade), grade) for grade in form.stock]
    named += [(("orders", at, "grade"), order.grade) for at, order in enumerate(form.orders or [])]
    for field, grade in named:
        if grade not in usable:
            what = f"{short(grade)} is no grade that the firm uses or could use"
            read.wrong((*path, *field), "unused-grade", what, did_you_mean(grade, usable))
    for origin in form.lag:
        if origin not in form.suppliers:
            what = f"{short(origin)} is no supplier of the firm"
            read.wrong((*path, "lag", origin), "unused-supplier", what, did_you_mean(origin, list(form.suppliers)))
    for grade in form.grades:
        if grade not in form.stock:
            what, mend = f"no stock of {grade} is given", f"Add '{grade}:', 0 if there is none."
            read.wrong((*path, "stock"), "missing-field", what, mend)
    for at, grade in enumerate(form.regrade.of if form.regrade else []):
        assert form.regrade is not None
        where = (*path, "regrade", "from", at)
        if grade not in form.grades:
            what = f"{short(grade)} is no grade that the firm uses"
            read.wrong(where, "unused-grade", what, did_you_mean(grade, list(form.grades)))
        if grade == form.regrade.to:
            read.wrong(where, "same-grade", f"{short(grade)} would stand in for itself", "Name two different grades.")
