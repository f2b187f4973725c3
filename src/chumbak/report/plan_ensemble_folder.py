"""The run folder of an ensemble: its draws, the document, tables and the page, written whole or not at all.

    draws.jsonl  report.html  answer.json  tables/ensemble-*.csv  evidence.csv  run.json  inputs/

``draws.jsonl`` is there from the first draw on (``futures_store``): it is what a stopped run goes on from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from chumbak.answer.document import heading
from chumbak.answer.plan_ensemble import Setup
from chumbak.pack import Pack
from chumbak.report.futures_store import DRAWS
from chumbak.report.plan_ensemble_page import ensemble_page
from chumbak.report.plan_folder import figures_used
from chumbak.report.run_folder import record, write_evidence, write_inputs, write_json, write_tables
from chumbak.report.target import whole_or_not

BAND = ("central", "p05", "p50", "p95")
Told = Mapping[str, Any]


def write_ensemble(
    told: Told, pack: Pack, identity: str, setup: Setup, target: Path, inputs: Mapping[str, bytes], draws: bytes
) -> dict[str, Any]:
    """Write the run folder ``target``, and return what goes into its answer.json. Raises ``OSError``."""
    units = {"ensemble.*": "each number beside its unit; bands are over futures, each number for itself"}
    found = {**heading(pack, identity, told["draws"], told["seed"]), "units": units, "ensemble": dict(told)}
    figures = figures_used(pack)
    with whole_or_not(target) as folder:
        (folder / DRAWS).write_bytes(draws)
        write_inputs(inputs, folder)
        write_json(folder / "answer.json", found)
        write_evidence(figures, folder / "evidence.csv")
        write_tables(ensemble_tables(told), folder)
        (folder / "report.html").write_text(ensemble_page(told, pack, found, figures), encoding="utf-8")
        settings = {
            "only": list(setup.only), "seed": setup.seed, "view": setup.view, "places": setup.places,
            "requirements": [list(one) for one in setup.requirements],
        }  # fmt: skip
        write_json(folder / "run.json", {**record(found, inputs), "ensemble": settings})
    return found


def ensemble_tables(told: Told) -> dict[str, pd.DataFrame]:
    """Return the tables of an ensemble by name, long form."""
    builds = [
        (one["plant"], one["stage"], one["region"], int(year), one["least"], *(row[name] for name in (*SHARE, *BAND)))
        for one in told.get("no_regret", {"builds": []})["builds"]
        for year, row in one["by"].items()
    ]
    costs = [("all", *_sides(told["cost_npv"])), *((name, *_sides(one)) for name, one in told["cost_by_kind"].items())]
    return {
        "ensemble-builds": pd.DataFrame(
            builds, columns=["plant", "stage", "region", "decided_by", "least_t_year", *SHARE, *BAND]
        ),
        "ensemble-cost": pd.DataFrame(costs, columns=["kind", *BAND]).assign(unit=told["cost_npv"]["unit"]),
        "ensemble-years": pd.DataFrame(
            [(name, *row, one["unit"]) for name, one in told["by_year"].items() for row in _years(one)],
            columns=["what", "year", *BAND, "unit"],
        ),
        "ensemble-capacity": pd.DataFrame(
            [(name, one["stage"], *row, one["unit"]) for name, one in told["capacity"].items() for row in _years(one)],
            columns=["plant", "stage", "year", *BAND, "unit"],
        ),
    }


SHARE = ("share", "in_nine_of_ten")


def _sides(one: Mapping[str, Any]) -> list[Any]:
    return [one[side] for side in BAND]


def _years(one: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for year in one["central"]:
        yield (int(year), *(one[side][year] for side in BAND))
