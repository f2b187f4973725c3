"""Whatever one cell of the chain's tables says, the pack gives a chain that balances, or says what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chumbak.chain.audit import TOLERANCE
from chumbak.pack import PackError, load
from tests.chain.small import built, rows_of, small_country, write_rows

TABLES = (
    "materials", "processes", "flows", "oxides", "figures-chain", "projects", "figures-supply", "grades", "elements",
    "stages",
)  # fmt: skip
WORDS = [
    "", "0", "1", "-1", "0.5", "1e-9", "nan", "1e30", "need", "shape", "feed", "opened", "in", "out", "make_up",
    "elements", "oxides", "ore", "mixture", "grade", "magnet", "diffused", "used", "dismantled", "mining",
    "separation", "metal", "alloy", "recycling", "existing", "GRADE", "PRODUCT", "%", "t", "Nd Pr", "O", "Fe", "Nd",
    "X", "NdFeB sintered", "N", "smco", "monazite", "nd_oxide", "ndfeb_magnet_GRADE", "ndfeb_strip_n",
    "used_PRODUCT", "eol_magnet_PRODUCT", "mixed_chloride", "quartz", "iron", "polymer",
]  # fmt: skip
CASES = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_country(tmp_path_factory.mktemp("small") / "country")


def test_the_small_country_is_right(folder: Path) -> None:
    assert built(load(folder)).worst <= TOLERANCE


@pytest.mark.parametrize("seed", range(CASES))
def test_any_cell(folder: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = TABLES[seed % len(TABLES)]
    path = folder / "tables" / f"{table}.csv"
    rows = rows_of(path)
    row, column = int(rng.integers(1, len(rows))), int(rng.integers(len(rows[0])))
    changed = [list(cells) for cells in rows]
    if seed % 8 == 7:
        del changed[row]
    else:
        other = rows[int(rng.integers(1, len(rows)))][column]
        changed[row][column] = str(rng.choice(WORDS)) if seed % 2 else other
    write_rows(path, changed)
    try:
        assert built(load(folder)).worst <= TOLERANCE
    except PackError as error:
        found = error.faults
    else:
        return
    finally:
        write_rows(path, rows)
    assert found
    assert all(fault.what and fault.mend and fault.file for fault in found)


@pytest.mark.parametrize(
    ("table", "row", "column", "text", "kind"),
    [
        ("materials", "smco_magnet", "of", "samarium", "unknown-grade"),
        ("materials", "smco_magnet", "of", "", "unknown-grade"),
        ("materials", "bonded_powder", "base", "glue", "unknown-material"),
        ("processes", "leach_swarf", "main", "chips_GRADE", "unknown-material"),
        ("processes", "mine_sand", "stage", "", "empty-cell"),
        ("processes", "separate_chloride", "driven", "opened", "no-product"),
        ("projects", "lohum", "material", "ndfeb_magnets", "unknown-material"),
        ("projects", "irel_ndpr_now", "from_stage", "mining", "wrong-stage"),
        ("projects", "lohum", "from_stage", "recycling", "wrong-stage"),
        ("figures-chain", "element.O.molar_mass", "key", "element.Cu.molar_mass", "unknown-oxide"),
        ("figures-chain", "process.leach_swarf.share", "key", "process.mill.share", "route-shares"),
        ("figures-supply", "block.scheme.share", "key", "block.bidders.share", "missing-figure"),
        ("stages", "separation", "id", "splitting", "unknown-reference"),
        ("elements", "O", "id", "Ox", "unknown-element"),
    ],
)
def test_a_fault_with_a_name(folder: Path, table: str, row: str, column: str, text: str, kind: str) -> None:
    path = folder / "tables" / f"{table}.csv"
    rows = rows_of(path)
    changed = [list(cells) for cells in rows]
    (found,) = (cells for cells in changed if cells[0] == row)
    found[rows[0].index(column)] = text
    write_rows(path, changed)
    try:
        with pytest.raises(PackError) as caught:
            built(load(folder))
    finally:
        write_rows(path, rows)
    assert kind in {fault.kind for fault in caught.value.faults}, str(caught.value)


def test_a_process_without_inputs_is_told(folder: Path) -> None:
    path = folder / "tables" / "flows.csv"
    rows = rows_of(path)
    write_rows(path, [cells for cells in rows if cells[0] != "reduce_dy_1"])
    try:
        with pytest.raises(PackError, match="nothing goes into process 'reduce_dy'"):
            built(load(folder))
    finally:
        write_rows(path, rows)


def test_uses_of_a_feed_and_routes_that_pass_the_whole(folder: Path) -> None:
    path = folder / "tables" / "figures-chain.csv"
    rows = rows_of(path)
    (share,) = (cells for cells in rows if cells[0] == "process.diffuse.share.SH")
    more = [["process.machine.share.SH", *share[1:]]]
    more[0][2:5] = ["0.9", "", ""]
    write_rows(path, [*rows, *more])
    try:
        with pytest.raises(PackError, match=r"The shares of the routes to SH sum to 1\.1, not to 1"):
            built(load(folder))
    finally:
        write_rows(path, rows)
