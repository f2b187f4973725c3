"""Claims: what is said in public, each beside our number of its own definition and of others, with a verdict.

    holds                         our number of the claim's own definition lies in the claim's interval
    holds for another definition  it does not, or there is none, and one of another definition does
    does not hold                 none does
    cannot tell                   there is no number of the claim's own definition, and no other lies in the interval

The interval is the pack's: it states how much rounding a number said in public is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.finding import Finding
from chumbak.answer.measures import Ground, Measured, MeasureError, measure
from chumbak.answer.overview import Answer
from chumbak.pack import Fault, Pack, PackError

HOLDS, ANOTHER, DOES_NOT, CANNOT_TELL = VERDICTS = (
    "holds", "holds for another definition", "does not hold", "cannot tell",
)  # fmt: skip
BETWEEN_OTHERS, IS = " ; ", " = "
ROUNDING = 1e-9


@dataclass(frozen=True)
class Claim:
    """One claim examined: its row, our numbers in the claim's unit, the verdict and what it rests on."""

    id: str
    cells: Mapping[str, str]
    low: float | None
    high: float | None
    ours: Measured
    others: tuple[tuple[str, Measured], ...]
    verdict: str
    because: str


def examine(answer: Answer, document: Mapping[str, Any]) -> list[Claim]:
    """Return every claim of the pack with its verdict.

    ``document`` is the answer as ``answer.document.document`` gives it.

    Raises:
        PackError: measures that are written wrong, or name what the pack does not have; all of them.

    """
    known = answer.findings["dependence"].data if "dependence" in answer.findings else None
    faults = _faults(Ground(answer.pack, {}, known))
    if faults:
        raise PackError(faults)
    ground = Ground(answer.pack, document, known)
    return [_examined(ground, name, cells) for name, cells in answer.pack.nouns.tables["claims"].items()]


def claim_faults(pack: Pack) -> list[Fault]:
    """Return what is wrong with the measures of a pack's claims, each with file, row and column."""
    return _faults(Ground(pack, {}))


def _faults(ground: Ground) -> list[Fault]:
    pack, found = ground.pack, []
    for name, cells in pack.nouns.tables["claims"].items():
        file, row = pack.nouns.where.get(("claims", name), ("claims", 0))
        for column, text in _measures(cells):
            try:
                if not text:
                    raise MeasureError("another definition is not written 'label = measure'", f"Separate by '{IS}'.")
                taken = measure(ground, text)
                converted = taken.into(cells["unit"])
                if taken.number is not None and converted.number is None:
                    raise MeasureError(converted.missing, "Give the claim in a unit of the same kind.")
            except MeasureError as error:
                found.append(Fault(file, row, column, "bad-measure", str(error), error.mend))
    return found


def _measures(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (column, measure) of a claim; an empty measure for what is not written as label and measure."""
    own = [("measure", cells["measure"])] if cells["measure"] else []
    return own + [("others", text) for _, text in _others(cells)]


def _others(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    parts = [part.partition(IS) for part in cells["others"].split(BETWEEN_OTHERS) if part.strip()]
    return [(label.strip(), text.strip()) for label, _, text in parts]


def _examined(ground: Ground, name: str, cells: Mapping[str, str]) -> Claim:
    unit = cells["unit"]
    low, high = (float(cells[end]) if cells[end] else None for end in ("low", "high"))
    nothing = Measured(None, unit, "the pack has no measure of the claim's own definition")
    ours = measure(ground, cells["measure"]).into(unit) if cells["measure"] else nothing
    others = tuple((label, measure(ground, text).into(unit)) for label, text in _others(cells))
    verdict, because = _verdict(ours, others, low, high)
    return Claim(name, cells, low, high, ours, others, verdict, because)


def _verdict(
    ours: Measured, others: tuple[tuple[str, Measured], ...], low: float | None, high: float | None
) -> tuple[str, str]:
    """Return the verdict, and in words the other definition that holds or what is missing."""
    if _lies_in(ours.number, low, high):
        return HOLDS, ""
    for label, other in others:
        if _lies_in(other.number, low, high):
            return ANOTHER, f"It holds for: {label}."
    if ours.number is not None:
        return DOES_NOT, ""
    return CANNOT_TELL, f"Missing: {ours.missing}."


def _lies_in(number: float | None, low: float | None, high: float | None) -> bool:
    if number is None or (low is None and high is None):
        return False
    slack = ROUNDING * max(abs(end) for end in (low, high) if end is not None)
    return (low is None or number >= low - slack) and (high is None or number <= high + slack)


def claims(answer: Answer, document: Mapping[str, Any]) -> Finding:
    """Return the claims over ``claim``: ``low``, ``high`` and ``ours`` in each claim's own unit, and the verdict.

    NaN is an open side or a number that is not there. Words: ``said``, ``unit``, ``measure``, ``verdict``.
    """
    found = examine(answer, document)
    numbers = {
        "low": ([one.low for one in found], "lowest number for which the claim holds"),
        "high": ([one.high for one in found], "highest number for which the claim holds"),
        "ours": ([one.ours.number for one in found], "our number of the claim's own definition"),
    }
    words = {
        "said": ([one.cells["claim"] for one in found], "the claim"),
        "unit": ([one.cells["unit"] for one in found], "unit of the claim"),
        "measure": ([one.cells["measure"] for one in found], "how our number is found"),
        "verdict": ([one.verdict for one in found], "verdict"),
    }
    in_own = "as the variable unit says"
    data = xr.Dataset(
        {name: ("claim", np.array(column, dtype=float), _attrs(in_own, is_)) for name, (column, is_) in numbers.items()}
        | {name: ("claim", np.array(column, dtype=object), _attrs("", is_)) for name, (column, is_) in words.items()},
        coords={"claim": np.array([one.id for one in found], dtype=object)},
        attrs={"convention": "each claim by its own definition, unit and period; see the table claims", "notes": ""},
    )
    keys = {key for one in found for taken in (one.ours, *(other for _, other in one.others)) for key in taken.keys}
    figures = [figure for key in answer.pack.entries if key in keys for figure in answer.pack.entries[key].figures]
    return Finding("claims", data, tuple(figures))


def _attrs(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}


def claims_document(answer: Answer, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the claims as plain dictionaries, in the order of the table; a number that is not there is None."""
    return [
        {
            **{name: one.cells[name] for name in ("claim", "said_by", "period")},
            "id": one.id,
            "low": one.low,
            "high": one.high,
            **{name: one.cells[name] for name in ("unit", "definition")},
            "ours": _rounded(one.ours.number),
            "ours_is": one.cells["measure"],
            "others": [{"label": label, "value": _rounded(other.number)} for label, other in one.others],
            "verdict": one.verdict,
            "why": " ".join(filter(None, (one.because, one.cells["why"]))),
            **{name: one.cells[name] for name in ("source", "confidence")},
        }
        for one in examine(answer, document)
    ]


def _rounded(number: float | None) -> float | None:
    """Return a number to nine figures, so that its last bits do not depend on the order of a sum."""
    return None if number is None else float(f"{number:.9g}")
