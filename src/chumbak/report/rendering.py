"""What pages are rendered with: the templates, what they call, and the script that draws."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chumbak.report.pictures.frame import as_html
from chumbak.report.words import rounded


@cache
def template(name: str) -> Any:
    """Return a template of the pages."""
    environment = Environment(
        loader=PackageLoader("chumbak.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["rounded"] = rounded
    environment.filters["kept"] = _kept
    environment.filters["unit"] = _unit
    environment.filters["drawn"] = lambda chart: Markup(as_html(chart))  # plotly escapes what it is given
    return environment.get_template(name)


@cache
def plotly() -> str:
    """Return the script that draws the charts."""
    from plotly.offline import get_plotlyjs

    text: str = get_plotlyjs()
    return text


def _unit(unit: str) -> str:
    """Return a unit as it is read: nothing for plain numbers."""
    return "" if unit == "1" else unit


def _kept(text: str) -> str:
    """Return a text in which a number is not parted from its unit at the end of a line."""
    return re.sub(r"(?<=\d) (?=%|t\b)", "\u00a0", text)
