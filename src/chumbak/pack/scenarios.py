"""Scenarios: named changes of figures on top of a pack, never of code. What may be said, and reading it.

A scenario is a YAML file with ``title``, ``description`` and a list of ``changes``, each one of::

    - set: KEY        value, unit, [low, high], [years: 2030 or [2026, 2047]]
    - scale: KEY      by, [years]
    - ramp: KEY       years: [from, to], and either to + unit or by; after: hold | follow
    - add: ROWS       rows of figures as in a table

KEY may hold ``*``. Every change says its source, confidence and note (or the scenario says them for all).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic_core import PydanticCustomError

from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.files import Document, read_yaml
from chumbak.pack.schema import FIGURE_COLUMNS

MOST_CHANGES = 500  # each may touch every figure of the pack, and leaves a row of evidence there
MOST_TIMES = 1_000_000.0  # the largest factor a change may put on a figure
Factor = Annotated[float, Field(ge=0, le=MOST_TIMES)]

# What each field has to be, in words: (what is wrong, how to mend).
WORDING: dict[str, tuple[str, str]] = {
    "changes": ("is not a list", "Start each change with '- set:', '- scale:', '- ramp:' or '- add:'."),
    "value": ("is not a number", "Write a plain number, such as 0.25; its unit goes into 'unit'."),
    "low": ("is not a number", "Write a plain number, or leave 'low' and 'high' out."),
    "high": ("is not a number", "Write a plain number, or leave 'low' and 'high' out."),
    "to": ("is not a number", "Write a plain number; its unit goes into 'unit'."),
    "by": (
        f"is not a number from 0 to {MOST_TIMES:.0f}",
        "Write a factor without quotes: 1.2 for a fifth more, 0.5 for half.",
    ),
    "years": ("is not a year or a first and a last year", "Write years: 2030, or years: [2026, 2047], without quotes."),
    "after": ("is neither hold nor follow", "Write after: hold (stays there) or after: follow (moves as before)."),
    "add": ("is not a list of rows", f"Write each row as key: ..., value: ..., with {', '.join(FIGURE_COLUMNS)}."),
}
CELL = ("is not a number or a text", "Write one number or one text.")
TEXT = ("is not text", "Write it as text, between quotes if need be.")


def _refused(name: str, value: object, wording: tuple[str, str]) -> PydanticCustomError:
    """Return one fault for a field that can be read in several ways, in words of its own."""
    what, mend = wording
    return PydanticCustomError("bad-field", "{what}", {"what": f"{name} {what}: {short(str(value))}", "mend": mend})


def _pair(value: object) -> object:
    if not (isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value)):
        raise _refused("'years'", value, WORDING["years"])
    return value


def _years(value: object) -> object:
    return value if type(value) is int else _pair(value)


def _cell(value: object) -> object:
    if value is not None and not isinstance(value, (str, int, float)):
        raise _refused("a cell", value, CELL)
    return value


Years = Annotated[int | list[int], BeforeValidator(_years)]
Pair = Annotated[list[int], BeforeValidator(_pair)]
Cell = Annotated[str | float | int | None, BeforeValidator(_cell)]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Sourced(_Plain):
    source: str = ""
    confidence: str = ""
    note: str = ""


class Set(_Sourced):
    """Give a figure another value, for all years or some."""

    set: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    years: Years | None = None


class Scale(_Sourced):
    """Multiply a figure, for all years or some."""

    scale: str
    by: Factor
    years: Years | None = None


class Ramp(_Sourced):
    """Lead a series in a straight line from its value in the first year to a target in the last."""

    ramp: str
    years: Pair
    to: float | None = None
    unit: str = ""
    by: Factor | None = None
    after: Literal["hold", "follow"]


class Add(_Sourced):
    """Add rows, as in a table of figures."""

    add: list[dict[str, Cell]]


KINDS: dict[str, type[_Sourced]] = {"set": Set, "scale": Scale, "ramp": Ramp, "add": Add}


def _kind(change: Any) -> str:
    return next((kind for kind in KINDS if isinstance(change, dict) and kind in change), "")


Change = Annotated[
    Annotated[Set, Tag("set")]
    | Annotated[Scale, Tag("scale")]
    | Annotated[Ramp, Tag("ramp")]
    | Annotated[Add, Tag("add")],
    Discriminator(_kind),
]


class Scenario(_Sourced):
    """A named set of changes on top of a pack."""

    title: str
    description: str
    changes: list[Change]


FieldPath = tuple[str | int, ...]


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario with the file it was read from and the lines of its parts, which stand ``under`` a path in it."""

    shown: str
    scenario: Scenario
    document: Document
    under: FieldPath = ()


def read_scenario(path: Path, shown: str, faults: Faults) -> ScenarioFile | None:
    """Return the scenario in a YAML file, or None with every fault noted."""
    document = read_yaml(path, shown, faults)
    if document is None:
        return None
    if not isinstance(document.content, dict):
        mend = "Write title:, description: and changes:."
        faults.add((shown, document.line(())), "", "bad-scenario", "this is not a scenario", mend)
        return None
    changes = document.content.get("changes")
    if isinstance(changes, list) and len(changes) > MOST_CHANGES:
        what, mend = f"the scenario has {len(changes)} changes", f"At most {MOST_CHANGES} are read; write * in a key."
        faults.add((shown, document.line(("changes",))), "changes", "too-many-changes", what, mend)
        return None
    try:
        return ScenarioFile(shown, Scenario.model_validate(document.content), document)
    except ValidationError as error:
        for field, what, kind, mend in _form_faults(error, document.content):
            column = ".".join(str(part) for part in field)
            faults.add((shown, document.line(field)), column, kind, what, mend)
    return None


def _form_faults(error: ValidationError, content: dict[str, Any]) -> Iterator[tuple[FieldPath, str, str, str]]:
    """Yield (path, what, kind, mend) for each field that is wrong; several readings of one field are one fault."""
    seen: set[FieldPath] = set()
    for one in error.errors(include_url=False, include_context=False):
        path, tag = one["loc"], ""
        if path[0] == "changes" and len(path) > 2:
            tag, path = str(path[2]), (*path[:2], *path[3:])  # without the name of the kind of change
        depth = 5 if tag == "add" else 3 if tag else 2
        path = path[:depth]
        if path in seen:
            continue
        seen.add(path)
        yield path, *_worded(one["type"], path, tag, content)


def _worded(type_: str, path: FieldPath, tag: str, content: Any) -> tuple[str, str, str]:
    name = str(path[-1])
    if type_ == "missing":
        where = f" of '{tag}'" if tag else ""
        mend = WORDING[name][1] if name in WORDING else f"Add '{name}:'."
        return f"'{name}'{where} is missing", "missing-field", mend
    if type_ in ("extra_forbidden", "invalid_key"):
        known = list(KINDS.get(tag, Scenario).model_fields)
        return f"{short(name)} is not known here", "unknown-field", did_you_mean(name, known)
    if type_.startswith("union_tag"):
        return "this change is none of set, scale, ramp, add", "unknown-change", WORDING["changes"][1]
    for part in path:
        content = content[part]
    given = "" if content is None or isinstance(content, dict) else f": {short(str(content))}"
    wrong, mend = (CELL if len(path) == 5 else WORDING["add"]) if tag == "add" and len(path) > 3 else (
        WORDING.get(name, TEXT))  # fmt: skip
    return f"'{name}' {wrong}{given}", "bad-field", mend
