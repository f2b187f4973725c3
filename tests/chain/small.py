"""The chain of the India pack with two products: every table of the chain, small enough to load hundreds of times."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from chumbak.answer.gap import gap_data
from chumbak.answer.model import compute
from chumbak.answer.supply_chain import SupplyChain, supply_chain
from chumbak.pack import Pack
from chumbak.pack.pack import packs_folder
from chumbak.pack.package import PACKAGE
from chumbak.pack.schema import find_attribute

PRODUCTS = ("e_2w", "defence")
LEFT_OUT = (
    "published", "claims", "records", "exposures", "origins", "draw_groups",
    "regions", "plants", "uses", "offers", "steps", "policies", "services",
)  # fmt: skip
KEPT = ("calendar", "grade", "spread", "element", "material", "process", "ore", "project", "block", "ramp")


def small_country(folder: Path) -> Path:
    """Write the pack to ``folder`` and return it."""
    whole = packs_folder() / "india"
    package = json.loads((whole / PACKAGE).read_text(encoding="utf-8"))
    package["resources"] = [one for one in package["resources"] if one["name"] not in LEFT_OUT]
    kept = []
    for resource in package["resources"]:
        header, *rows = rows_of(whole / resource["path"])
        if header[0] == "key":
            rows = [row for row in rows if is_kept(row[0])]
        elif resource["name"] == "products":
            rows = [row for row in rows if row[0] in PRODUCTS]
        elif resource["name"] == "items":
            rows = []
        if rows:
            write_rows(folder / resource["path"], [header, *rows])
            kept.append(resource)
    package["resources"] = kept
    (folder / PACKAGE).write_text(json.dumps(package), encoding="utf-8")
    shutil.copytree(whole / "schemes", folder / "schemes")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "reference.yaml").write_text("title: As it is\ndescription: As it is.\nchanges: []\n")
    return folder


def is_kept(key: str) -> bool:
    found = find_attribute(key)
    if found is not None and found[0].engine == "plan":
        return False
    kind, name, *rest = key.split(".")
    return kind in KEPT or (kind == "product" and name in PRODUCTS and rest[0] != "holds")


def built(pack: Pack) -> SupplyChain:
    """Return the supply chain of a pack over three years, once the gap has been worked out with it."""
    data = compute(pack).sel(year=[2026, 2030, 2040])
    chain = supply_chain(pack, data)
    gap_data(pack, data, chain)
    return chain


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
