"""Whatever is in the files, a pack loads or says what is wrong: no other error comes out."""

import json
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chumbak.pack import Pack, PackError, load
from chumbak.pack.arrays import array
from chumbak.pack.draws import deviates, groups
from chumbak.pack.schema import attributes
from tests.pack.toy import HEADER, SETTINGS, SOURCED, Toy, full

FILES = sorted(full().files)
TABLES = [path for path in FILES if path.endswith(".csv")]
NASTY = [
    "", " ", "?", "0", "-0", "-1", "1", "1e999", "1e-320", "1e18", "1e308", "nan", "inf", "1_000", "٣", "0x10", "1,5",
    "9" * 5000, "a" * 50_000, "é", "\ud7ff", "\u200b", "\x1b[31m", "\r", "\n", '"', ";", "\t", "all", "2024",
    "FY2024-25", "FY2023-24", "1999-2010", "2199", "1800", "linear", "geometric", "hold", "estimate", "high", "USD",
    "INR", "kg", "kg/item", "t/MW", "%", "1/0", "INR/USD", "lakh INR/t", "degC", "item**3", "gross", "element", "Fe",
    "product.fan.sales", "product..sales", "product.*.sales", "product.e_2w.grade_share.SH", "spread.people.NO",
    "calendar.fiscal_start_month", "calendar.price_index", "currency.USD.rate", "price.x", "../x", "{product}", "[a-",
    "__class__", "yes", "MW", "state", "hub", "=1+1", "mass", "value", "share", "fiscal", "calendar", "REO", "t",
    "record.tonnes.CHN", "record.dollars.USA", "stability.CHN", "sourcing.ores.x", "ore.monazite.share.Nd", "tonnes",
    "tonnes tonnes", "oxides", "ore", "need", "mining", "CHN", "million USD", "NO SO", "NO NO", "smelter", "duty",
    "public_stock", "USD*year/t", "year/t", "week", "plant.smelter.capital", "region.up.makers",
    "offer.chn_alloy.limit",
]  # fmt: skip
TEXTS = st.sampled_from(NASTY) | st.text(max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
fuzz = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def try_to_load(pack: Toy, scenario: str = "reference", overlay: str | None = None) -> Pack | PackError:
    folder = Path(tempfile.mkdtemp())
    overlays = []
    try:
        pack.write(folder)
        if overlay is not None:
            overlays.append(folder / "overlay.csv")
            overlays[0].write_bytes(overlay.encode("utf-8", "surrogatepass"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loaded = load(folder, scenario, overlays)
            check_is_sound(loaded)
            return loaded
    except PackError as error:
        check_reads_well(error)
        return error
    finally:
        shutil.rmtree(folder)


def check_reads_well(error: PackError) -> None:
    assert error.faults
    assert str(error).encode()
    assert all(fault.what.isprintable() and fault.file.isprintable() for fault in error.faults)


def check_is_sound(pack: Pack) -> None:
    """What is let through has arrays within bounds, centrally and drawn; missing only where the schema says so."""
    for name, attribute in attributes().items():
        if attribute.engine == "pack":
            continue
        may_lack = attribute.gaps or not (attribute.required or attribute.sparse)
        least = -np.inf if attribute.minimum is None else min(attribute.minimum, 0)  # what a split does not name is 0
        for by_key in (None, deviates(groups(pack, (name,)), 20, 1)):
            labelled = array(pack, name, by_key)
            numbers = labelled.values  # plain, as this is asked of a hundred arrays of every example
            assert not np.isinf(numbers).any()
            assert may_lack or np.isfinite(numbers).all()
            assert not (numbers < least - 1e-9).any()
            if attribute.sums_over:
                total = labelled.sum(attribute.sums_over).values
                may_be_none = not attribute.required or not labelled.sizes[attribute.sums_over]
                assert (np.isclose(total, 1, atol=1e-5) | (may_be_none & (total == 0))).all()


@fuzz
@given(path=st.sampled_from(FILES), content=st.binary(max_size=300), start=st.floats(0, 1), cut=st.integers(0, 40))
def test_random_bytes(path: str, content: bytes, start: float, cut: int) -> None:
    pack = full()
    old = pack.files[path]
    assert isinstance(old, str)
    at = int(start * len(old))
    pack.files[path] = old.encode()[:at] + content + old.encode()[at + cut :]
    try_to_load(pack)


@fuzz
@given(path=st.sampled_from(TABLES), edits=st.lists(st.tuples(st.integers(0), st.integers(0), TEXTS), max_size=3))
def test_any_cell(path: str, edits: list[tuple[int, int, str]]) -> None:
    pack = full()
    header, *rows = (line.split(",") for line in pack.text(Path(path).stem).splitlines())
    for row, column, text in edits:
        rows[row % len(rows)][column % len(header)] = '"' + text.replace('"', '""') + '"'
    pack.files[path] = "".join(",".join(cells) + "\n" for cells in (header, *rows)).encode("utf-8", "surrogatepass")
    try_to_load(pack)


@fuzz
@given(data=st.data(), tree=TREES)
def test_any_part_of_datapackage_json(data: st.DataObject, tree: Any) -> None:
    content = json.loads(full().files["datapackage.json"])
    place: Any = content
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = tree
    pack = full()
    pack.files["datapackage.json"] = json.dumps(content)
    try_to_load(pack)


FIELDS = ["set", "scale", "ramp", "add", "value", "unit", "low", "high", "years", "to", "by", "after", "source"]
KEYS = ["product.e_2w.sales", "product.*.magnet_mass", "product.fan.route.*", "grade.*", "*", "currency.USD.rate",
        "price.*", "calendar.price_index", "record.tonnes.CHN", "stability.*", "ore.monazite.share.*", "sourcing.*",
        "process.smelting.share", "project.*.start"]  # fmt: skip
YEARS = st.integers(2018, 2031) | st.lists(st.integers(2018, 2031), min_size=2, max_size=2)
LIKELY = st.fixed_dictionaries({}, optional={
    "set": st.sampled_from(KEYS), "scale": st.sampled_from(KEYS), "ramp": st.sampled_from(KEYS), "years": YEARS,
    "value": st.floats(), "by": st.floats(0, 3), "to": st.floats(0, 3), "unit": TEXTS,
    "after": st.sampled_from(["hold", "follow"]),
})  # fmt: skip
CHANGES = st.lists(LIKELY | st.dictionaries(st.sampled_from(FIELDS), TREES, max_size=5) | TREES, max_size=4)


@fuzz
@given(changes=CHANGES | TREES)
def test_any_changes(changes: Any) -> None:
    pack = full()
    text = json.dumps(changes).replace("NaN", ".nan").replace("Infinity", ".inf")
    pack.files["scenarios/other.yaml"] = f"{SOURCED.rstrip()} {text}\n"
    try_to_load(pack, "other")


@fuzz
@given(
    kind=st.sampled_from(["scale", "ramp"]),
    key=st.sampled_from(KEYS),
    years=st.lists(st.integers(2019, 2030), min_size=2, max_size=2),
    by=st.floats(0, 1e6),
    after=st.sampled_from(["hold", "follow"]),
)
def test_any_factor(kind: str, key: str, years: list[int], by: float, after: str) -> None:
    pack = full()
    more = f", after: {after}" if kind == "ramp" else ""
    pack.scenario(f"- {{{kind}: '{key}', by: {by!r}, years: {years}{more}}}\n- {{scale: '{key}', by: {by!r}}}")
    try_to_load(pack, "other")


@fuzz
@given(
    rows=st.lists(st.lists(TEXTS, min_size=14, max_size=14), max_size=3),
    key=st.sampled_from([key for key in KEYS if "*" not in key]),
)
def test_any_overlay(rows: list[list[str]], key: str) -> None:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in (key, *row[1:])) for row in rows]
    try_to_load(full(), overlay="\n".join([HEADER, *lines]))


@fuzz
@given(changed=st.dictionaries(st.sampled_from(sorted(SETTINGS)), st.integers(1890, 2160) | SCALARS, max_size=3))
def test_any_settings(changed: dict[str, Any]) -> None:
    pack = full()
    content = json.loads(pack.files["datapackage.json"])
    content["chumbak"].update(changed)
    pack.files["datapackage.json"] = json.dumps(content)
    try_to_load(pack)
