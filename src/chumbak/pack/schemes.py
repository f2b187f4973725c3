"""Schemes of a pack: the rules of an instrument, as data in ``schemes/*.yaml``. Reading and checking them.

A scheme has ``title``, ``description``, ``money`` (how sums are shown, such as crore INR) and ``rules``, each one of::

    - id: R7
      instrument: eligibility    one of INSTRUMENTS; it says which values there can be
      title: Least net worth
      standing: stated           stated, second-hand, inferred or unknown
      source: who said so        of what is stated, second-hand or inferred
      note: ...                  of what is inferred or unknown: what it rests on, why this default
      first: 2025-12-15          the days it is in force; left out: open. So too last
      of: monazite               the good it is of, where several rules say the same
      values:
        net_worth: {by: t/year, unit: crore INR, steps: [[600, 180], [800, 245]]}    up to 600 t/year, up to 800
        lead_share: {value: 0.51}                   a number, with low, high and unit; a bare one is a share or a count
        match_lowest: false                         true or false
        last_fit: {choice: refuse, among: [refuse, cut, rebid]}
        eligible_from: 2025-04-01                   a day, or a word

Numbers come out in the canonical unit of their value. An unknown rule is a value with a default that can be seen here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from chumbak.pack.backtests import Day
from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.forms import (
    Form,
    Line,
    Name,
    Path_,
    Reading,
    Text,
    find_document,
    list_documents,
    read_form,
)
from chumbak.pack.pack import Pack
from chumbak.pack.scheme_values import INSTRUMENTS, Kind
from chumbak.pack.units import CURRENCIES, UnitError, currencies_in, factor

FOLDER = "schemes"
Standing = Literal["stated", "second-hand", "inferred", "unknown"]
PlainValue = float | bool | str | tuple[tuple[float, float], ...]


def _bare(given: Any) -> Any:
    """Return a bare number, flag or word in fields."""
    if isinstance(given, bool):
        return {"flag": given}
    if isinstance(given, int | float):
        return {"value": given}
    return {"choice": given} if isinstance(given, str) else given


class ValueForm(Form):
    """What a rule says: one of ``value``, ``steps``, ``flag`` and ``choice``."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    steps: list[list[float]] | None = None
    by: str = ""
    flag: bool | None = None
    choice: str | None = None
    among: list[Name] = Field(default_factory=list)


Value = Annotated[ValueForm, BeforeValidator(_bare)]


class RuleForm(Form):
    """One rule."""

    id: Name
    instrument: Name
    title: Line
    standing: Standing
    source: str = ""
    note: str = ""
    first: Day | None = None
    last: Day | None = None
    of: Name | None = None
    values: dict[Name, Value] = Field(default_factory=dict)


class SchemeForm(Form):
    """The rules of one scheme."""

    title: Line
    description: Text
    rules: list[RuleForm] = Field(min_length=1)
    money: str = ""


@dataclass(frozen=True)
class SchemeFile:
    """A scheme of a pack: its name, the file it was read from, and its rules as rows of plain values.

    Rows have the fields of a rule of the engine: ``id``, ``instrument``, ``title``, ``standing``, ``source``, ``note``,
    ``first``, ``last``, ``of``, ``values``, ``units``, ``ranges`` and ``among``. ``money`` is how sums are shown, a
    word and how much of the ``currency`` it stands for; ``where`` is the file and line of each rule, by its id.
    """

    name: str
    shown: str
    form: SchemeForm
    currency: str
    money: tuple[str, float]
    rows: tuple[Mapping[str, Any], ...]
    where: Mapping[str, tuple[str, int]]


def list_schemes(pack: Pack) -> list[str]:
    """Return the names of a pack's schemes."""
    return list_documents(pack, FOLDER)


def read_scheme(pack: Pack, name: str) -> SchemeFile:
    """Return a scheme of a pack. Raises ``PackError`` with every fault."""
    shown, faults = find_document(pack, FOLDER, name, "scheme"), Faults()
    read = read_form(SchemeForm, pack.path / shown, shown, pack, faults)
    rows: list[Mapping[str, Any]] = []
    money = (f"million {pack.currency}", 1e6)
    if read is not None:
        _check_ids(read)
        rows = [_row(read, at, rule, pack.currency) for at, rule in enumerate(read.form.rules)]
        money = _money(read, pack.currency) or money
    faults.stop_if_any()
    assert read is not None
    where = {rule.id: (shown, read.document.line(("rules", at))) for at, rule in enumerate(read.form.rules)}
    return SchemeFile(name, shown, read.form, pack.currency, money, tuple(rows), where)


def _check_ids(read: Reading[SchemeForm]) -> None:
    ids = [rule.id for rule in read.form.rules]
    for at, name in enumerate(ids):
        if name in ids[:at]:
            mend = "Give each rule its own id."
            read.wrong(("rules", at, "id"), "duplicate-name", f"the rule '{name}' stands twice", mend)


def _money(read: Reading[SchemeForm], currency: str) -> tuple[str, float] | None:
    """Return how sums are shown, or None where the scheme does not say."""
    said = read.form.money
    if not said:
        return None
    scale = _factor(said, currency, currency)
    if scale is None:
        mend = f"Write it as a number of the pack's currency, such as 'million {currency}'."
        read.wrong(("money",), "bad-unit", f"the unit {short(said)} does not fit here", mend)
        return None
    return said, scale


def _row(read: Reading[SchemeForm], at: int, rule: RuleForm, currency: str) -> Mapping[str, Any]:
    """Return a rule as plain values; notes what is wrong with it."""
    path: Path_ = ("rules", at)
    if rule.standing != "unknown" and not rule.source.strip():
        mend = "Name who said so and when; an inference names what it is drawn from."
        read.wrong((*path, "source"), "missing-source", f"the rule '{rule.id}' has no source", mend)
    if rule.standing in ("inferred", "unknown") and not rule.note.strip():
        mend = "Say what it rests on, or why this default."
        read.wrong(
            (*path, "note"), "unsure-without-note", f"the rule '{rule.id}' is {rule.standing}, without note", mend
        )
    if rule.first and rule.last and rule.first > rule.last:
        what = f"the rule ends on {rule.last}, before it begins on {rule.first}"
        read.wrong((*path, "last"), "ends-before-it-begins", what, "Mend one of the two.")
    row = {
        "id": rule.id, "instrument": rule.instrument, "title": rule.title, "standing": rule.standing,
        "source": rule.source.strip(), "note": rule.note.strip(), "of": rule.of or "",
        "first": dt.date.fromisoformat(rule.first) if rule.first else None,
        "last": dt.date.fromisoformat(rule.last) if rule.last else None,
    }  # fmt: skip
    known = INSTRUMENTS.get(rule.instrument)
    if known is None:
        what, mend = (
            f"there is no instrument {short(rule.instrument)}",
            did_you_mean(rule.instrument, list(INSTRUMENTS)),
        )
        read.wrong((*path, "instrument"), "unknown-instrument", what, mend)
        return row
    values: dict[str, PlainValue] = {}
    units, ranges, among = {}, {}, {}
    for name, given in rule.values.items():
        where = (*path, "values", name)
        if name not in known:
            what, mend = (
                f"{short(name)} is no value of the instrument '{rule.instrument}'",
                did_you_mean(name, list(known)),
            )
            read.wrong(where, "unknown-value", what, mend)
            continue
        kind = known[name]
        said = _said(read, where, given, kind, currency)
        if said is None:
            continue
        values[name] = said
        if kind.kind in ("number", "steps"):
            units[name] = kind.unit.replace("money", currency)
        if given.low is not None and given.high is not None:
            scale = _factor(given.unit or kind.unit.replace("money", currency), units[name], currency) or 1.0
            ranges[name] = (given.low * scale, given.high * scale)
        if given.among:
            among[name] = tuple(given.among)
    return {**row, "values": values, "units": units, "ranges": ranges, "among": among}


def _said(read: Reading[SchemeForm], path: Path_, given: ValueForm, kind: Kind, currency: str) -> PlainValue | None:
    """Return what a value says, in its canonical unit; None with a fault noted."""
    here = {"number": given.value, "steps": given.steps, "flag": given.flag, "word": given.choice, "day": given.choice}
    told = [name for name in ("value", "steps", "flag", "choice") if getattr(given, name) is not None]
    said = here[kind.kind]
    if said is None or len(told) > 1:
        wanted = {
            "number": "a number", "steps": "steps, as [[up to, value], ...]", "flag": "true or false", "word": "a word",
            "day": "a day, such as 2025-04-01",
        }[kind.kind]  # fmt: skip
        read.wrong(path, "bad-value", f"{short(str(path[-1]))} is not said as {wanted}", f"Give {wanted}, and no more.")
        return None
    if isinstance(said, str):
        return _word(read, path, said, given.among, kind)
    if isinstance(said, bool):
        return said
    unit = kind.unit.replace("money", currency)
    scale = 1.0 if not given.unit and kind.unit == "1" else _factor(given.unit, unit, currency)
    if scale is None and not given.unit and said == 0:
        scale = 1.0
    if scale is None:
        what = f"the unit {short(given.unit)} does not fit here" if given.unit else "the unit is missing"
        read.wrong(path, "bad-unit", what, f"Give it in '{unit}', or a unit that converts to it.")
        return None
    if isinstance(said, list):
        return _steps(read, path, said, given, kind, scale)
    low, high = given.low, given.high
    if (low is None) != (high is None):
        mend = "Give low and high, or neither."
        read.wrong(path, "half-range", "only one end of the range is given", mend)
    elif low is not None and high is not None and not low <= said <= high:
        what = f"low, value and high ({low:g}, {said:g}, {high:g}) are not in this order"
        read.wrong(path, "range-order", what, "Mend them.")
    return (
        said * scale
        if _inside(read, path, [one for one in (said, low, high) if one is not None], scale, kind)
        else None
    )


def _inside(read: Reading[SchemeForm], path: Path_, numbers: list[float], scale: float, kind: Kind) -> bool:
    """Say whether all numbers are within the bounds of a value; notes it if not."""
    for number in numbers:
        if not kind.least <= number * scale <= kind.most:
            shown = "" if kind.unit == "1" else f" {kind.unit}"
            what = f"{number:g} is not from {kind.least:g} to {kind.most:g}{shown}"
            read.wrong(path, "out-of-bounds", what, "Check the number and its unit.")
            return False
    return True


def _steps(
    read: Reading[SchemeForm], path: Path_, steps: list[list[float]], given: ValueForm, kind: Kind, scale: float
) -> PlainValue | None:
    by = _factor(given.by, kind.by, "")
    if by is None:
        what = f"the unit {short(given.by)} of 'by' does not fit here" if given.by else "'by' is missing"
        read.wrong(path, "bad-unit", what, f"Say by: {kind.by}, what the steps go up to.")
        return None
    ends = [step[0] for step in steps if len(step) == 2]
    if not steps or len(ends) < len(steps) or ends != sorted(set(ends)):
        mend = "Write them as [[up to, value], ...], the smallest first."
        read.wrong(path, "bad-steps", "the steps are not pairs in rising order", mend)
        return None
    if not _inside(read, path, [value for _, value in steps], scale, kind):
        return None
    return tuple((end * by, value * scale) for end, value in steps)


def _word(read: Reading[SchemeForm], path: Path_, said: str, among: list[str], kind: Kind) -> str | None:
    if kind.kind == "day":
        try:
            return dt.date.fromisoformat(said).isoformat()
        except ValueError:
            read.wrong(path, "bad-date", f"{short(said)} is no date", "Write it as 2025-06-30.")
            return None
    for one in (said, *among):
        if one not in kind.words:
            what = f"{short(one)} is no choice that can be played"
            read.wrong(path, "unknown-choice", what, did_you_mean(one, kind.words))
            return None
    if among and said not in among:
        read.wrong(path, "unknown-choice", f"{short(said)} is not among the choices", did_you_mean(said, among))
        return None
    return said


def _factor(unit: str, wanted: str, currency: str) -> float | None:
    """Return what a number in ``unit`` is multiplied by to be in ``wanted``; None if it is no such unit."""
    if not unit or [one for one in currencies_in(unit) if one in CURRENCIES and one != currency]:
        return None
    try:
        return factor(unit, wanted)
    except UnitError:
        return None
