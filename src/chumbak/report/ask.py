"""Asking one question from the terminal: load the pack, find the answer, print it or write it as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.finding import Finding
from chumbak.pack import Pack, load
from chumbak.report.terminal import only_pack


def ask_device(
    product: str, name: str | None, state: str | None, year: int | None, sold: int | None, as_json: bool,
    scenario: str, overlays: Sequence[Path],
) -> None:  # fmt: skip
    """Print what one device holds, is worth and gives back."""
    from chumbak.answer.device import device
    from chumbak.report.question_terminal import show_device

    pack = load(name or only_pack(), scenario, tuple(overlays))
    finding = device(pack, product, state, year, sold)
    if as_json:
        write_json(finding, pack)
    else:
        show_device(finding, pack)


def ask_catchment(
    name: str, place: str, within_km: float, year: int | None, as_json: bool, scenario: str, overlays: Sequence[Path]
) -> None:
    """Print what used goods within reach of a place hold, against the recycling plants there."""
    from chumbak.answer.catchment import catchment
    from chumbak.answer.model import compute
    from chumbak.report.question_terminal import show_catchment

    pack = load(name, scenario, tuple(overlays))
    finding = catchment(pack, compute(pack), place, within_km, year)
    if as_json:
        write_json(finding, pack)
    else:
        show_catchment(finding, pack)


def ask_claims(name: str, as_json: bool, scenario: str, overlays: Sequence[Path]) -> None:
    """Print what is said in public beside our numbers."""
    from chumbak.answer.document import document
    from chumbak.answer.overview import overview
    from chumbak.report.question_terminal import show_claims

    pack = load(name, scenario, tuple(overlays))
    found = document(overview(pack), run_id="")["claims"] if pack.nouns.ids("claims") else []
    if as_json:
        sys.stdout.write(json.dumps({"claims": found}, indent=1, ensure_ascii=False) + "\n")
    else:
        show_claims(found)


def write_json(finding: Finding, pack: Pack) -> None:
    """Write a finding to standard output: every variable with its unit, by label, and the figures it rests on."""
    data = finding.data
    found = {
        "question": finding.name,
        "pack": pack.name,
        "scenario": pack.scenario,
        **{name: _plain(value) for name, value in data.attrs.items()},
        "answer": {
            str(name): {
                "unit": array.attrs.get("units", ""),
                "means": array.attrs.get("long_name", ""),
                "over": list(array.dims),
                "value": _by_label(array),
            }
            for name, array in data.data_vars.items()
        },
        "figures": [
            {"key": figure.key, "period": figure.period, "value": figure.value, "unit": figure.unit,
             "source": figure.source, "confidence": figure.confidence}
            for figure in finding.figures
        ],
    }  # fmt: skip
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _by_label(array: xr.DataArray) -> Any:
    """Return an array as nested dictionaries by label; a number where it has no dimension."""
    if not array.dims:
        return _plain(array.item())
    first = array.dims[0]
    labels = array[first].values if first in array.coords else range(array.sizes[first])
    return {str(label): _by_label(array.isel({first: at})) for at, label in enumerate(labels)}


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return value.item() if isinstance(value, np.generic) else value
