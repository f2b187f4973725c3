"""The run folder of a plan, written whole or not at all: what it was made from, every decision, tables and the page.

    report.html  answer.json  plan.nc  tables/plan-*.csv  evidence.csv  run.json  inputs/

``run.json`` says how to make the case again, so that the plan can be played against another scenario.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.document import heading
from chumbak.answer.model import ATTRIBUTES
from chumbak.answer.supply_chain import INPUTS as CHAIN_INPUTS
from chumbak.pack import Pack
from chumbak.pack.figures import Figure
from chumbak.pack.pack import packs_folder
from chumbak.plan.case import INPUTS, VIEWS
from chumbak.plan.places import PLACES
from chumbak.plan.plants import SCALE
from chumbak.plan.replay import Built
from chumbak.plan.result import Plan
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_page import plan_page
from chumbak.report.plan_tables import plan_tables
from chumbak.report.run_folder import content_hash, record, write_evidence, write_inputs, write_json, write_tables
from chumbak.report.target import whole_or_not

PLANTS = ("opened", "sized")  # decisions of whole plants


@dataclass(frozen=True)
class Setup:
    """What a plan is made with: everything but the pack, so that it can be hashed, frozen and found again."""

    pack: str
    scenario: str
    view: str
    places: str  # of PLACES: by what the country is split
    requirements: tuple[tuple[str, str], ...]  # (kind, text) as asked
    slack: float | None
    gap: float | None = None  # of a plan of whole plants, the one asked for; None: plants of any size


@dataclass(frozen=True, eq=False)
class Kept:
    """A plan as its run folder keeps it; ``plants`` are the plants opened and their sizes, where they are whole."""

    setup: Setup
    overlays: tuple[Path, ...]
    told: Mapping[str, Any]
    build: xr.DataArray
    inputs: Mapping[str, str]  # file -> SHA-256
    plants: xr.Dataset | None = None

    @property
    def built(self) -> Built:
        """Return what a replay keeps of the plan."""
        return self.build if self.plants is None else self.plants.assign(build=self.build)


def plan_id(setup: Setup, inputs: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over the frozen inputs and the settings of a plan, in hexadecimal."""
    return content_hash(inputs, {"plan": _settings(setup)})


def figures_used(pack: Pack, whole: bool = False) -> list[Figure]:
    """Return the rows of the pack that a plan rests on; the scale of plants is only in one of ``whole`` plants."""
    return pack.figures((*ATTRIBUTES, *CHAIN_INPUTS, *(one for one in INPUTS if whole or one not in SCALE)))


def answer_of(pack: Pack, told: Mapping[str, Any], identity: str) -> dict[str, Any]:
    """Return what goes into answer.json of a plan: of what it is, and the plan."""
    units = {"plan.*": "as plan.convention says; every table of the plan beside its numbers"}
    return {**heading(pack, identity), "units": units, "plan": dict(told)}


def write_plan(
    plan: Plan, found: Mapping[str, Any], pack: Pack, setup: Setup, target: Path, inputs: Mapping[str, bytes]
) -> None:
    """Write the run folder ``target``; ``found`` is what goes into answer.json. Raises ``OSError`` if it cannot."""
    figures = figures_used(pack, whole=setup.gap is not None)
    with whole_or_not(target) as folder:
        write_inputs(inputs, folder)
        write_json(folder / "answer.json", found)
        write_evidence(figures, folder / "evidence.csv")
        _write_decisions(plan, folder / "plan.nc")
        write_tables(plan_tables(found["plan"]), folder)
        (folder / "report.html").write_text(plan_page(found["plan"], pack, found, figures), encoding="utf-8")
        write_json(
            folder / "run.json", {**record(found, inputs), "plan": {**_settings(setup), "pack": _found_as(pack)}}
        )


def read_plan(folder: Path) -> Kept:
    """Return the plan that a run folder keeps. Raises ``MistakeError`` for a folder that is none."""
    why = f"'{folder}' is no run folder of a plan"
    mend = "Make one with: chumbak plan PACK --out FOLDER."
    if not folder.is_dir():
        raise MistakeError(f"There is no folder '{folder}'. {mend}")
    try:
        run, found = (json.loads((folder / name).read_text(encoding="utf-8")) for name in ("run.json", "answer.json"))
        asked = run["plan"]
        setup = Setup(
            asked["pack"], run["scenario"], asked["view"], asked["places"],
            tuple((kind, text) for kind, text in asked["requirements"]), asked["slack"], asked.get("gap"),
        )  # fmt: skip
        told = found["plan"]
        with xr.open_dataset(folder / "plan.nc", engine="scipy") as decisions:
            names = ["build", *(PLANTS if setup.gap is not None else ())]
            built = decisions[names].load()
        built = built.assign_coords({dim: built[dim].values.astype(str) for dim in built.dims if dim != "decided"})
        plants = built[list(PLANTS)] if setup.gap is not None else None
        overlays = tuple(sorted((folder / "inputs" / "overlays").glob("*.csv"), key=_number))
        kept = Kept(setup, overlays, told, built["build"], run["inputs"], plants)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = (
            f"{Path(error.filename).name} is missing"
            if isinstance(error, FileNotFoundError)
            else "its files tell of none"
        )
        raise MistakeError(f"{why}: {what}. {mend}") from None
    if setup.places not in PLACES:
        raise MistakeError(f"{why}: no plan is made by '{setup.places}'. {mend}")
    if setup.view not in VIEWS:
        raise MistakeError(f"{why}: there is no view '{setup.view}'. {mend}")
    return kept


def _number(path: Path) -> int:
    return int(path.name.partition("-")[0])


def _settings(setup: Setup) -> dict[str, Any]:
    return {
        "scenario": setup.scenario,
        "view": setup.view,
        "places": setup.places,
        "requirements": [list(one) for one in setup.requirements],
        "slack": setup.slack,
        **({} if setup.gap is None else {"gap": setup.gap}),
    }


def _found_as(pack: Pack) -> str:
    """Return what the pack can be loaded by again: its name if it comes along, or the folder as it was given."""
    return pack.name if pack.path.parent == packs_folder() else str(pack.path)


def _write_decisions(plan: Plan, path: Path) -> None:
    """Write every decision (netCDF 3, which holds no time of writing)."""
    data = plan.decisions
    data = data.drop_dims([dim for dim, size in data.sizes.items() if size == 0])  # netCDF 3 would take it for endless
    numbers: Sequence[str] = [str(dim) for dim in data.dims if data[dim].dtype.kind == "i"]
    texts = [str(dim) for dim in data.dims if str(dim) not in numbers]
    data = data.assign_coords(
        {dim: data[dim].values.astype(np.int32) for dim in numbers}
        | {dim: data[dim].values.astype(str) for dim in texts}
    )
    data.attrs = {"place": plan.case.place, "scenario": plan.case.scenario, "view": plan.view}
    data.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
