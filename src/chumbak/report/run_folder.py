"""The run folder: an answer with everything it came from, written whole or not at all.

    report.html  answer.json  results.nc  tables/*.csv  evidence.csv  run.json  inputs/

``run.json`` names the content hash of the frozen inputs, the draws, the seed and the versions; nothing in the
folder says when it was written, so that the same inputs give the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chumbak import __version__
from chumbak.answer.document import document
from chumbak.answer.evidence import used_in
from chumbak.answer.overview import Answer
from chumbak.answer.shocks import has_episodes
from chumbak.answer.who_pays import documents_behind
from chumbak.pack import Pack
from chumbak.pack.episodes import FOLDER, list_episodes
from chumbak.pack.figures import Figure
from chumbak.pack.rule_figures import schemes_named
from chumbak.pack.schema import find_attribute
from chumbak.report.page import page
from chumbak.report.run_tables import tables
from chumbak.report.target import whole_or_not

LIBRARIES = ("numpy", "scipy", "highspy", "xarray", "pandas", "plotly")


def frozen_inputs(pack: Pack) -> dict[str, bytes]:
    """Return the files a pack was loaded from, as path in ``inputs/`` -> content."""
    package = json.loads((pack.path / "datapackage.json").read_text(encoding="utf-8-sig"))
    names = ["datapackage.json", *(resource["path"] for resource in package["resources"])]
    names.append(f"scenarios/{pack.scenario}.yaml")
    names += [f"schemes/{name}.yaml" for name in schemes_named(pack.nouns)]
    files = {f"pack/{PurePosixPath(name)}": (pack.path / name).read_bytes() for name in dict.fromkeys(names)}
    for number, overlay in enumerate(pack.overlays, start=1):
        files[f"overlays/{number}-{overlay.name}"] = overlay.read_bytes()
    return files


def frozen_documents(pack: Pack) -> dict[str, bytes]:
    """Return the episodes and the auction that a run plays, as path in ``inputs/`` -> content."""
    names = list_episodes(pack) if has_episodes(pack) else []
    paths = [*(f"{FOLDER}/{name}.yaml" for name in names), *documents_behind(pack)]
    return {f"pack/{path}": (pack.path / path).read_bytes() for path in paths}


def run_id(pack: Pack, inputs: Mapping[str, bytes], draws: int, seed: int) -> str:
    """Return the SHA-256 over the frozen inputs and the settings of a run, in hexadecimal."""
    return content_hash(inputs, {"scenario": pack.scenario, "draws": draws, "seed": seed if draws else None})


def content_hash(inputs: Mapping[str, bytes], settings: Mapping[str, Any]) -> str:
    """Return the SHA-256 over frozen inputs, settings and our version, in hexadecimal."""
    digest = hashlib.sha256(json.dumps({"chumbak": __version__, **settings}, sort_keys=True).encode())
    for name in sorted(inputs):
        digest.update(f"\n{name} {len(inputs[name])}\n".encode())
        digest.update(inputs[name])
    return digest.hexdigest()


def write_run(answer: Answer, target: Path, inputs: Mapping[str, bytes], identity: str) -> dict[str, Any]:
    """Write the run folder ``target`` and return what went into answer.json. Raises ``OSError`` if it cannot."""
    found = document(answer, identity)
    with whole_or_not(target) as folder:
        write_inputs(inputs, folder)
        write_json(folder / "answer.json", found)
        write_evidence(answer.figures, folder / "evidence.csv")
        _write_results(answer, folder / "results.nc")
        write_tables(tables(answer, found), folder)
        (folder / "report.html").write_text(page(answer, found), encoding="utf-8")
        write_json(folder / "run.json", record(found, inputs))
    return found


def write_inputs(inputs: Mapping[str, bytes], folder: Path) -> None:
    """Write the frozen inputs of a run."""
    for name, content in inputs.items():
        path = folder / "inputs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def write_tables(found: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write ``tables/*.csv``."""
    (folder / "tables").mkdir()
    for name, table in found.items():
        text = table.to_csv(index=False, float_format="%.9g", lineterminator="\n")
        (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")


def record(found: Mapping[str, Any], inputs: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what goes into run.json: what was run, with which versions, on which inputs."""
    return {
        **found["run"],
        "pack": found["pack"],
        "scenario": found["scenario"],
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES},
        },
        "inputs": {name: hashlib.sha256(inputs[name]).hexdigest() for name in sorted(inputs)},
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a document."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_evidence(figures: Sequence[Figure], path: Path) -> None:
    """Write every figure used: canonical value, as given, range, source, confidence and what it feeds."""
    header = (
        "key", "period", "value", "low", "high", "unit", "basis", "place", "source", "confidence", "note",
        "as_given", "file", "row", "used_in",
    )  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for figure in figures:
            attribute = find_attribute(figure.key)
            assert attribute is not None
            writer.writerow(
                (
                    figure.key, figure.period, f"{figure.value:.9g}",
                    "" if figure.low is None else f"{figure.low:.9g}",
                    "" if figure.high is None else f"{figure.high:.9g}",
                    figure.unit, figure.basis, figure.place, figure.source, figure.confidence, figure.note,
                    figure.given, Path(figure.where[0]).name, figure.where[1], used_in(attribute[0].name),
                )
            )  # fmt: skip


def _write_results(answer: Answer, path: Path) -> None:
    """Write results.nc (netCDF 3, which holds no time of writing)."""
    data = answer.data.reset_coords(drop=True)
    if answer.ensemble:
        bands = answer.ensemble.bands.rename(name="total", year="band_year").rename("bands")
        bands.attrs = {"units": "t/year", "long_name": "percentiles of the drawn totals"}
        data = data.assign(bands=bands)
    if "gap" in answer.findings:
        data = data.merge(_numbers_of_the_gap(answer.findings["gap"].data))
    data = data.drop_dims([dim for dim, size in data.sizes.items() if size == 0])  # netCDF 3 would take it for endless
    data["year"] = data["year"].astype(np.int32)
    data.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def _numbers_of_the_gap(gap: xr.Dataset) -> xr.Dataset:
    """Return the numbers of the gap, ``gap_need`` and so on; its elements are ``rare_earth``, to stand apart."""
    numbers = gap[[name for name, array in gap.data_vars.items() if array.dtype.kind == "f"]]
    labels = {dim: numbers[dim].values.astype(str) for dim in numbers.dims if dim != "year"}
    named = {name: f"gap_{name}" for name in numbers.data_vars}
    return numbers.assign_coords(labels).rename(named).rename(element="rare_earth")
