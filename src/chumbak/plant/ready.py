"""Files of flowsheets: those that come along (``flowsheets/*.yaml``), your own, and files that are like one of them.

``like: NAME`` at the head of a file starts from the flowsheet of that name. What the file says takes the place of what
it finds there: mappings are laid over each other field by field; a list, a figure with its source, or a plain value is
replaced whole; ``null`` takes a field out.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from chumbak.plant.errors import PlantError
from chumbak.plant.flowsheet import Flowsheet, nearest
from chumbak.plant.reading import read

LIKE = "like"
# A mapping with one of these fields is a figure with its source: half of one and half of another would be neither.
_FIGURES = ("value", "price", "cost", "amount", "factor", "rate", "kWh_per_unit")


def names() -> list[str]:
    """Return the names of the flowsheets that come along."""
    folder = files("chumbak.plant").joinpath("flowsheets")
    return sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))


def ready(name: str) -> Flowsheet:
    """Return a flowsheet that comes along. Raises ``PlantError``."""
    if name not in names():
        raise PlantError(f"no flowsheet '{name}' comes along{nearest(name, names())}; a file of your own ends in .yaml")
    with as_file(files("chumbak.plant").joinpath(f"flowsheets/{name}.yaml")) as path:
        return load(path)


def load(path: Path | str) -> Flowsheet:
    """Read a flowsheet from a YAML file. Raises ``PlantError``."""
    if not isinstance(path, str | Path):
        raise PlantError(f"{path!r:.60} is no path of a file")
    path = Path(path)
    return read(whole(said(path), path.name), path.name)


def whole(given: object, where: str, before: tuple[str, ...] = ()) -> object:
    """Return what a file says, laid over the flowsheet that it is like, if it names one. Raises ``PlantError``."""
    if not isinstance(given, Mapping) or LIKE not in given:
        return given
    name = str(given[LIKE])
    if name in before:
        raise PlantError(f"{where}, like: '{name}' is like itself, by way of {', '.join(before)}")
    if name not in names():
        raise PlantError(f"{where}, like: no flowsheet '{name}' comes along{nearest(name, names())}")
    with as_file(files("chumbak.plant").joinpath(f"flowsheets/{name}.yaml")) as path:
        base = whole(said(path), path.name, (*before, name))
    return _over(base, {key: value for key, value in given.items() if key != LIKE})


def _over(base: Any, given: Any, name: str = "") -> Any:
    """Lay what a file says, in the field ``name``, over what it is like."""
    if not isinstance(base, Mapping) or not isinstance(given, Mapping) or _is_figure(given, name):
        return given
    both = {**base, **{key: _over(base.get(key), value, str(key)) for key, value in given.items()}}
    return {key: value for key, value in both.items() if value is not None}


def _is_figure(given: Mapping[str, Any], name: str) -> bool:
    """Whether a mapping is one figure; ``with`` holds parameters, whatever they are called."""
    return name != "with" and (any(key in given for key in _FIGURES) or {"as", "share"} <= given.keys())


def said(path: Path) -> object:
    """Return what a YAML file says. Raises ``PlantError``."""
    from chumbak.yaml_text import file_of  # it takes a while to load, and only files need it

    return file_of(path, PlantError)
