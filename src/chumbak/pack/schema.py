"""What a pack can know: one table of attributes, read by validation, arrays, skeleton and documentation.

``schema.csv`` has a row for each attribute: its key pattern, canonical unit, basis, bounds and whether it is
required of every combination of its nouns. ``NOUNS`` says which columns the tables of nouns have.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

FIGURE_COLUMNS = (
    "key", "period", "value", "low", "high", "unit", "basis", "then", "currency", "price_year",
    "place", "source", "confidence", "note",
)  # fmt: skip
CONFIDENCES = ("high", "medium", "low", "estimate")
BASES = ("gross", "REO", "element")
THEN = ("", "linear", "geometric", "hold")

NOUNS: dict[str, tuple[str, ...]] = {
    "sectors": ("id", "name", "priority"),
    "products": ("id", "name", "sector", "counted_in", "spread", "note"),
    "grades": ("id", "name", "family", "balance"),
    "elements": ("id", "name", "kind"),
    "routes": ("id", "name", "recovers_magnets"),
    "spreads": ("id", "name", "note"),
    "places": ("id", "name", "kind", "parent", "lat", "lon", "source", "note"),
    "items": ("id", "name", "counted_in", "note"),
    "published": (
        "id", "quantity", "definition", "place", "period", "value", "low", "high", "unit",
        "source", "confidence", "compares_with", "why",
    ),
    "draw_groups": ("id", "pattern", "note"),
    "oxides": ("id", "element", "atoms", "oxygen"),
    "ores": ("id", "name", "note"),
    "stages": ("id", "name", "way", "counted", "note"),
    "materials": ("id", "name", "stage", "form", "balance", "of", "base", "note"),
    "processes": ("id", "name", "stage", "main", "driven", "note"),
    "flows": ("id", "process", "way", "material", "keys", "note"),
    "blocks": ("id", "name", "scheme", "note"),
    "ramps": ("id", "name", "note"),
    "projects": (
        "id", "name", "owner", "stage", "from_stage", "takes", "material", "status", "place", "block", "ramp", "note",
    ),
    "origins": ("id", "name", "note"),
    "records": (
        "id", "name", "stage", "kind", "measure", "basis", "years", "commodity", "vintage", "complete", "note",
    ),
    "exposures": (
        "id", "name", "stage", "material", "world", "imports", "weight", "exports", "production", "unrated", "note",
    ),
    "claims": (
        "id", "claim", "said_by", "period", "low", "high", "unit", "definition", "measure", "others", "source",
        "confidence", "why",
    ),
    "regions": ("id", "name", "places", "note"),
    "plants": ("id", "name", "stage", "ramp", "note"),
    "uses": ("id", "plant", "process", "counted", "note"),
    "offers": ("id", "name", "origin", "material", "note"),
    "steps": ("id", "name", "note"),
    "policies": ("id", "name", "instrument", "plant", "material", "origin", "block", "scheme", "rule", "note"),
    "services": ("id", "name", "stages", "note"),
}  # fmt: skip
REQUIRED_NOUNS = ("sectors", "products", "grades", "elements", "routes", "spreads", "places")
OPTIONAL_NOUNS = tuple(name for name in NOUNS if name not in REQUIRED_NOUNS)
MAY_BE_EMPTY = {
    "note", "parent", "lat", "lon", "low", "high", "compares_with", "why", ("places", "source"),
    ("materials", "stage"), ("materials", "balance"), ("materials", "of"), ("materials", "base"), ("flows", "keys"),
    ("projects", "from_stage"), ("projects", "takes"), ("projects", "place"), ("projects", "block"),
    ("records", "basis"),
    ("exposures", "world"), ("exposures", "imports"), ("exposures", "exports"), ("exposures", "production"),
    ("exposures", "unrated"), ("claims", "measure"), ("claims", "others"), ("uses", "counted"),
    ("policies", "plant"), ("policies", "material"), ("policies", "origin"), ("policies", "block"),
    ("policies", "scheme"), ("policies", "rule"), ("blocks", "scheme"),
}  # fmt: skip
STATUSES = ("existing", "committed", "announced", "claimed")
CLAIMED = STATUSES[-1]  # said in public and no more: counted nowhere, and it may lack what counting needs
# What a policy of each instrument has to name; the other columns narrow it.
INSTRUMENTS = {
    "capital_subsidy": "plant",
    "output_incentive": "plant",
    "duty": "material",
    "public_stock": "material",
}
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("products", "counted_in"): ("item", "MW", "t"),
    ("items", "counted_in"): ("item", "t", "kWh"),
    ("routes", "recovers_magnets"): ("yes", "no"),
    ("elements", "kind"): ("light rare earth", "heavy rare earth", "other metal", "other"),
    ("places", "kind"): ("state", "hub", "port"),
    ("published", "confidence"): CONFIDENCES,
    ("stages", "way"): ("out", "back"),
    ("materials", "form"): (
        "elements",
        "oxides",
        "ore",
        "mixture",
        "grade",
        "magnet",
        "diffused",
        "used",
        "dismantled",
    ),
    ("processes", "driven"): ("need", "shape", "feed", "opened"),
    ("flows", "way"): ("in", "out", "make_up"),
    ("projects", "status"): STATUSES,
    ("records", "kind"): ("imports", "exports", "production", "shares"),
    ("records", "measure"): ("mass", "value", "share"),
    ("records", "basis"): BASES,
    ("records", "years"): ("calendar", "fiscal"),
    ("records", "complete"): ("yes", "no"),
    ("exposures", "weight"): ("mass", "value"),
    ("claims", "confidence"): CONFIDENCES,
    ("policies", "instrument"): tuple(INSTRUMENTS),
}
REFERENCES: dict[tuple[str, str], str] = {
    ("products", "sector"): "sectors",
    ("products", "spread"): "spreads",
    ("grades", "balance"): "elements",
    ("places", "parent"): "places",
    ("oxides", "element"): "elements",
    ("materials", "stage"): "stages",
    ("materials", "balance"): "elements",
    ("processes", "stage"): "stages",
    ("flows", "process"): "processes",
    ("projects", "stage"): "stages",
    ("projects", "from_stage"): "stages",
    ("projects", "place"): "places",
    ("projects", "block"): "blocks",
    ("projects", "ramp"): "ramps",
    ("records", "stage"): "stages",
    ("exposures", "stage"): "stages",
    ("exposures", "world"): "records",
    ("exposures", "imports"): "records",
    ("exposures", "exports"): "records",
    ("exposures", "production"): "records",
    ("exposures", "unrated"): "origins",
    ("flows", "keys"): "elements",
    ("regions", "places"): "places",
    ("plants", "stage"): "stages",
    ("plants", "ramp"): "ramps",
    ("uses", "plant"): "plants",
    ("uses", "process"): "processes",
    ("uses", "counted"): "materials",
    ("offers", "origin"): "origins",
    ("offers", "material"): "materials",
    ("policies", "plant"): "plants",
    ("policies", "material"): "materials",
    ("policies", "origin"): "origins",
    ("policies", "block"): "blocks",
    ("services", "stages"): "stages",
}
LISTS = {  # cells that hold several ids, a space between them
    ("exposures", "world"), ("exposures", "imports"), ("exposures", "exports"), ("exposures", "production"),
    ("exposures", "unrated"), ("flows", "keys"), ("regions", "places"), ("uses", "counted"), ("services", "stages"),
}  # fmt: skip
# What a placeholder of a key pattern is filled from, and which rows of that table.
PLACEHOLDERS = {
    "product": "products", "grade": "grades", "element": "elements", "metal": "elements",
    "route": "routes", "spread": "spreads", "place": "places", "item": "items", "ore": "ores",
    "material": "materials", "component": "materials", "process": "processes", "project": "projects",
    "block": "blocks", "ramp": "ramps", "record": "records", "origin": "origins", "exposure": "exposures",
    "sector": "sectors", "region": "regions", "plant": "plants", "offer": "offers", "step": "steps",
    "policy": "policies", "stage": "stages",
}  # fmt: skip
FREE_PLACEHOLDERS = ("currency", "price", "parameter")
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
ORIGIN_CODE = re.compile(r"[A-Z]{3}")  # ISO 3166 alpha-3, and WLD


@dataclass(frozen=True)
class Attribute:
    """One row of the schema: something a pack can know about its nouns."""

    name: str
    pattern: str
    kind: str
    unit: str
    basis: str
    minimum: float | None
    maximum: float | None
    required: bool
    counted: bool
    sums_over: str
    sparse: bool
    gaps: bool
    engine: str
    long_name: str
    description: str

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Return the nouns in the pattern, in order: ``("product", "grade")``."""
        return tuple(re.findall(r"{(\w+)}", self.pattern))

    def key(self, **indices: str) -> str:
        """Return the key for these nouns: ``key(product="e_2w")`` -> ``product.e_2w.sales``."""
        return self.pattern.format(**indices)

    def match(self, key: str) -> dict[str, str] | None:
        """Return the nouns named in ``key`` if it has this pattern, else None."""
        found = _regex(self.pattern).fullmatch(key)
        return found.groupdict() if found else None


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^.]+)", pattern.replace(".", r"\.")))


@cache
def attributes() -> dict[str, Attribute]:
    """Return the schema: attribute by name, in the order of ``schema.csv``."""
    text = resources.files(__package__).joinpath("schema.csv").read_text(encoding="utf-8")
    return {row["name"]: _attribute(row) for row in csv.DictReader(text.splitlines())}


def _attribute(row: dict[str, str]) -> Attribute:
    bound = {side: float(row[side]) if row[side] else None for side in ("minimum", "maximum")}
    # a combination that has no row is zero in a sparse attribute, and missing (NaN) in one with gaps
    flags = {"required": row["required"] != "no", "sparse": row["sparse"] != "no", "gaps": row["sparse"] == "gaps"}
    flags["counted"] = row["required"] == "counted"  # needed of projects that are counted: a claim may lack it
    return Attribute(**{**row, **bound, **flags})  # type: ignore[arg-type]


@cache
def _by_first_word() -> dict[str, list[Attribute]]:
    """Return the attributes by the first word of their pattern, which is never a noun: a pack has thousands of keys."""
    found: dict[str, list[Attribute]] = {}
    for attribute in attributes().values():
        found.setdefault(attribute.pattern.partition(".")[0], []).append(attribute)
    return found


def find_attribute(key: str) -> tuple[Attribute, dict[str, str]] | None:
    """Return the attribute whose pattern ``key`` has, with the nouns it names; None if there is none."""
    for attribute in _by_first_word().get(key.partition(".")[0], ()):
        indices = attribute.match(key)
        if indices is not None:
            return attribute, indices
    return None
