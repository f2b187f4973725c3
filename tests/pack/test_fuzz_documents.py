"""Whatever stands anywhere in a document of a pack, it is read or said what is wrong: no other error comes out."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.pack import Pack, PackError
from chumbak.pack.auctions import read_auction
from chumbak.pack.backtests import read_backtest
from chumbak.pack.episodes import read_episode
from chumbak.pack.faults import Faults
from chumbak.pack.firms import read_firm
from chumbak.pack.plant_projects import read_plant_project
from chumbak.pack.scenarios import read_scenario
from chumbak.pack.schemes import read_scheme
from chumbak.pack.superstructures import read_superstructure
from chumbak.pack.trees import read_tree
from tests.conftest import ROOT, load
from tests.pack.test_fuzz import TREES, check_reads_well

INDIA: Pack = load("india")


def _scenario(path: Path) -> None:
    faults = Faults()
    read_scenario(path, path.name, faults)
    faults.stop_if_any()


READERS: dict[str, Callable[[Path], object]] = {
    "auctions": lambda path: read_auction(INDIA, str(path)),
    "backtests": lambda path: read_backtest(INDIA, str(path)),
    "episodes": lambda path: read_episode(INDIA, str(path)),
    "projects": lambda path: read_plant_project(path, INDIA),
    "scenarios": _scenario,
    "schemes": lambda path: read_scheme(INDIA, str(path)),
    "superstructures": lambda path: read_superstructure(INDIA, str(path)),
    "trees": lambda path: read_tree(INDIA, str(path)),
    "examples": lambda path: read_firm(path, INDIA),
}
FILES = [
    *(path for kind in READERS for path in sorted((INDIA.path / kind).glob("*.yaml"))),
    ROOT / "examples" / "firm.yaml",
]
# What the kinds of values above leave out: lists of years, numbers with and without a range or a unit.
ODD = st.sampled_from([
    [2030], [2030, 2031, 2032], [2031, 2030], [True, 2030], [[1]], [{}], [None], {"value": 1, "unit": "kg"},
    {"value": "x"}, {"value": 1, "low": 2, "high": 0}, {1: 2}, 10**30, "é" * 300,
])  # fmt: skip
Place = tuple[Any, ...]


def places(part: object, at: Place = ()) -> Iterator[Place]:
    """Yield where each part of a document stands."""
    yield at
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inner:
        yield from places(value, (*at, key))


DOCUMENTS = {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
PLACES = {path: [at for at in places(content) if at] for path, content in DOCUMENTS.items()}


def check_says_where(error: PackError) -> None:
    """A fault stands at a place of the document, not at one way of several to read it."""
    check_reads_well(error)
    assert not any("list[" in fault.column or fault.column.endswith(".int") for fault in error.faults)


@settings(max_examples=200)
@given(data=st.data(), path=st.sampled_from(FILES), value=ODD | TREES, way=st.sampled_from(["set", "drop", "rename"]))
def test_any_value_anywhere(data: st.DataObject, path: Path, value: Any, way: str) -> None:
    at = data.draw(st.sampled_from(PLACES[path]))
    content = copy.deepcopy(DOCUMENTS[path])
    around = content
    for key in at[:-1]:
        around = around[key]
    if way == "set":
        around[at[-1]] = value
    elif way == "drop":
        del around[at[-1]]
    elif isinstance(around, dict):
        around["other"] = around.pop(at[-1])
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / path.name
        own.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        try:
            READERS[path.parent.name](own)
        except PackError as error:
            check_says_where(error)
