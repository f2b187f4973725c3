"""The picture of elements from oxide to magnet and back, with a menu for the year and the elements."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from chumbak.answer.element_flows import (
    ABROAD,
    DISMANTLED,
    ENDS,
    GOODS,
    IDLE,
    LEFT,
    LOST,
    MISSED,
    OXIDE,
    RECYCLED,
    SWARF,
    USED,
)
from chumbak.answer.gap import LIGHT_PAIR
from chumbak.answer.overview import Answer
from chumbak.chain.supply import COUNTED
from chumbak.report.pictures.frame import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    STATUS_COLOURS,
    Chart,
    DataTable,
    Menu,
    clear,
    layout,
)
from chumbak.report.verdict import verdict_year
from chumbak.report.words import percent, portion, rounded

MARKS = (2030, 2035, 2040)  # years of the menu, with the base year and the last
SEEN = 1e-4  # t a year: below a hundred grams there is no line
GREENS = (USED, DISMANTLED, RECYCLED, SWARF)
GREYS = (LOST, LEFT, MISSED, IDLE)
OXIDE_AT = 0.23  # where across the picture the pool of oxide stands; left of it is where it comes from
PLACES = {  # (across, down) of the nodes that always stand at one place
    COUNTED[0]: (0.001, 0.03), COUNTED[1]: (0.001, 0.14), COUNTED[2]: (0.001, 0.25), ABROAD: (0.001, 0.4),
    USED: (0.001, 0.8), DISMANTLED: (0.08, 0.7), IDLE: (0.15, 0.78), RECYCLED: (0.15, 0.6), MISSED: (0.15, 0.92),
    OXIDE: (OXIDE_AT, 0.3), GOODS: (0.999, 0.15), LOST: (0.999, 0.64), LEFT: (0.999, 0.75),
}  # fmt: skip


@dataclass(frozen=True)
class View:
    """One choice: the flows above ``SEEN`` as (source, target, t), and the t that pass through each node."""

    year: int
    elements: str
    flows: tuple[tuple[str, str, float], ...]
    through: Mapping[str, float]


def elements_through_the_chain(answer: Answer, flows: xr.Dataset) -> Chart:
    """Return the flows of the light pair in the year of the verdict, and of the other choices in the menu."""
    pack = answer.pack
    groups, years = element_groups(answer, flows), menu_years(answer)
    names = dict(zip(flows["node"].values.tolist(), flows["node_name"].values.tolist(), strict=True))
    views = {
        (year, group): _view(flows, year, said, members) for year in years for group, (said, members) in groups.items()
    }
    first = (verdict_year(answer), next(iter(groups)))
    shown = views[first]
    figure = go.Figure(_trace(shown, names))
    layout(figure, height=560, margin={"l": 6, "r": 6, "t": 10, "b": 10})
    figure.update_layout(font={"size": 13})
    lists = (
        ("Year", tuple((str(year), str(year)) for year in years), str(first[0])),
        ("Elements", tuple((group, said.capitalize()) for group, (said, _) in groups.items()), first[1]),
    )
    choices = {
        f"{year} {group}": {"title": _title(view), "trace": _trace(view, names)}
        for (year, group), view in views.items()
    }
    rows = tuple((names[source], names[target], rounded(amount)) for source, target, amount in shown.flows)
    return Chart(
        "elements-through-the-chain",
        _title(shown),
        "t of contained element a year: what goes into each step of making the magnets that makers at home need, and "
        f"the way back of magnets thrown away; the table shows {first[0]}, {shown.elements}",
        f"Chumbak, pack {pack.title}: recipes, recoveries and shares of routes of every process, swarf returned; oxide "
        "from recyclers first, then from plants at home, the surest first. All choices: tables/element_flows.csv.",
        figure,
        DataTable(("from", "to", "t"), rows),
        menu=Menu(lists, choices),
        wide=True,
    )


def flow_table(answer: Answer, flows: xr.Dataset) -> pd.DataFrame:
    """Return the flows of every choice of the menu, in long form."""
    names = dict(zip(flows["node"].values.tolist(), flows["node_name"].values.tolist(), strict=True))
    rows = []
    for year in menu_years(answer):
        for group, (said, members) in element_groups(answer, flows).items():
            for source, target, amount in _view(flows, year, said, members).flows:
                rows.append((year, group, source, names[source], target, names[target], amount))
    columns = ["year", "elements", "source", "source_name", "target", "target_name", "contained_t"]
    return pd.DataFrame(rows, columns=columns)


def menu_years(answer: Answer) -> list[int]:
    """Return the years of the menu."""
    pack = answer.pack
    wanted = {pack.base_year, verdict_year(answer), *MARKS, pack.window.last}
    return sorted(year for year in wanted if pack.base_year <= year <= pack.window.last)


def element_groups(answer: Answer, flows: xr.Dataset) -> dict[str, tuple[str, list[str]]]:
    """Return the choices of elements, id -> (in words, members): the light pair together, each other by itself."""
    known = [str(element) for element in flows["element"].values]
    pair = [element for element in known if element in LIGHT_PAIR]
    groups = [pair, *([element] for element in known if element not in pair)]
    names = answer.pack.nouns.column("elements", "name")
    return {
        "".join(members): (" and ".join(names[element].lower() for element in members), members)
        for members in groups
        if members
    }


def _view(flows: xr.Dataset, year: int, said: str, members: list[str]) -> View:
    amounts = flows.flow.sel(year=year, element=members).sum("element").values
    ends = zip(flows["source"].values.tolist(), flows["target"].values.tolist(), amounts, strict=True)
    kept = tuple((source, target, float(amount)) for source, target, amount in ends if amount > SEEN)
    through: dict[str, float] = {}
    for node in dict.fromkeys(end for source, target, _ in kept for end in (source, target)):
        into = sum(amount for _, target, amount in kept if target == node)
        out = sum(amount for source, _, amount in kept if source == node)
        through[node] = max(into, out)
    return View(year, said, kept, through)


def _title(view: View) -> str:
    bought = sum(amount for source, target, amount in view.flows if (source, target) == (ABROAD, OXIDE))
    own = sum(amount for source, target, amount in view.flows if target == OXIDE and source in (*COUNTED, RECYCLED))
    if bought + own == 0:
        return f"Magnets made at home in {view.year} need no {view.elements}"
    need = f"Of the {rounded(bought + own)} t of {view.elements} that magnets made at home in {view.year} take as oxide"
    planned = any(source == COUNTED[-1] for source, _, _ in view.flows)
    if portion(bought, bought + own) < 0.005:
        return f"{need}, plants at home can make all{', if everything announced is built' if planned else ''}"
    share = percent(portion(bought, bought + own))
    return f"{need}, {share} must be bought abroad{', even if everything announced is built' if planned else ''}"


def _trace(view: View, names: Mapping[str, str]) -> dict[str, object]:
    """Return a plotly trace of type sankey as plain lists."""
    nodes = list(view.through)
    places = _places(view)
    labels = [f"{_lines(node, names[node])}<br>{rounded(view.through[node])} t" for node in nodes]
    return {
        "type": "sankey",
        "arrangement": "snap",
        "node": {
            "label": labels,
            "color": [_node_colour(node) for node in nodes],
            "x": [places[node][0] for node in nodes],
            "y": [places[node][1] for node in nodes],
            "pad": 16,
            "thickness": 13,
            "line": {"width": 0},
            "hovertemplate": "%{label}<extra></extra>",
        },
        "link": {
            "source": [nodes.index(source) for source, _, _ in view.flows],
            "target": [nodes.index(target) for _, target, _ in view.flows],
            "value": [float(f"{amount:.6g}") for _, _, amount in view.flows],
            "color": [_link_colour(source, target) for source, target, _ in view.flows],
            "customdata": [f"{rounded(amount)} t" for _, _, amount in view.flows],
            "hovertemplate": "%{source.label} → %{target.label}<br><b>%{customdata}</b><extra></extra>",
        },
    }


def _lines(node: str, name: str) -> str:
    """Return a name in lines: short ones for what stands close to the next on the way out."""
    return name if node in PLACES and node != OXIDE else "<br>".join(textwrap.wrap(name, 10))


def _places(view: View) -> dict[str, tuple[float, float]]:
    """Return where each node stands, (across, down): rungs by how many steps they are from oxide."""
    steps = {OXIDE: 0}
    ways = [(source, target) for source, target, _ in view.flows if source not in (SWARF, RECYCLED)]
    for _ in ways:  # as many rounds as there are ways are enough for the longest path
        for source, target in ways:
            if source in steps and target not in (*GREYS, OXIDE):
                steps[target] = max(steps.get(target, 0), steps[source] + 1)
    most = max(steps.values())
    across = {node: OXIDE_AT + (0.999 - OXIDE_AT) * step / max(most, 1) for node, step in steps.items()}
    main = 0.5 * max((through for node, through in view.through.items() if node in across), default=0.0)
    found = {}
    for node in view.through:
        if node == SWARF:
            makers = [across[source] for source, target, _ in view.flows if target == SWARF and source in across]
            found[node] = (min(max([0.84, *(maker + 0.045 for maker in makers)]), 0.9), 0.84)
        else:
            found[node] = PLACES.get(node, (across.get(node, 0.5), 0.27 if view.through[node] > main else 0.53))
    return found


def _node_colour(node: str) -> str:
    if node in STATUS_COLOURS:
        return STATUS_COLOURS[node]
    if node in ENDS:
        return {ABROAD: ORANGE, GOODS: PURPLE, USED: GREEN}.get(node, GREY)
    return GREEN if node in GREENS else BLUE


def _link_colour(source: str, target: str) -> str:
    if target in GREYS:
        return clear(PALE, 0.55)
    if source in GREENS or target == SWARF:
        return clear(GREEN, 0.4)
    if source in STATUS_COLOURS:
        return clear(STATUS_COLOURS[source], 0.55)
    return clear({ABROAD: ORANGE}.get(source, PURPLE if target == GOODS else BLUE), 0.35)
