"""The picture of places: a cartogram of bubbles (Dorling 1996), pushed apart until none hides another.

No borders are drawn and no map service is asked: each bubble starts at its place's coordinates.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from chumbak.answer.overview import Answer
from chumbak.report.pictures.frame import BLUE, SKY, Chart, Part, bars, by_label, clear, layout
from chumbak.report.words import percent, portion, rounded

LARGEST = 0.085  # radius of the largest bubble, as a share of the height of the picture
SMALLEST = 0.014
ROUNDS = 300


def by_place(answer: Answer, year: int) -> Chart:
    """Return end-of-life magnets by place: bubbles where the pack has coordinates, else bars."""
    pack, data = answer.pack, answer.data.sel(year=year)
    found = data.end_of_life_by_place.sortby(data.end_of_life_by_place, ascending=False)
    labels = [str(place) for place in found["place"].values]
    cells = [pack.nouns.tables["places"][label] for label in labels]
    names, numbers = [cell["name"] for cell in cells], found.values
    full = data.full_by_place.sel(place=labels).values
    located = all(cell["lat"] and cell["lon"] for cell in cells) and len(cells) > 3
    if located:
        where = np.array([[float(cell["lon"]), float(cell["lat"])] for cell in cells])
        figure = _cartogram(labels, names, where, numbers)
        drawn = "; the area of a bubble is the tonnage, north is up, and bubbles are moved apart: not a map of borders"
    else:
        figure, drawn = bars(names, [Part("t", numbers, BLUE)], "t a year"), ""
    return Chart(
        f"places-{year}",
        _title(names, numbers, year),
        f"t of rare-earth magnet in goods reaching end of life in {year}, gross mass{drawn}",
        f"Chumbak, pack {pack.title}: goods of each product are spread by the pack’s shares of places.",
        figure,
        by_label("place", names, {"at end of life, t": numbers, "by full collection, t": full}),
    )


def _title(names: list[str], numbers: np.ndarray, year: int) -> str:
    """Say where most arises; ``numbers`` are largest first."""
    first = min(5, max(len(names) // 2, 1))
    top = percent(portion(float(numbers[:first].sum()), float(numbers.sum())))
    if float(numbers.sum()) == 0:
        return f"No magnets reach end of life in {year}"
    return f"{top} of the magnets thrown away in {year} arise in {', '.join(names[:first])}"


def _cartogram(labels: list[str], names: list[str], where: np.ndarray, numbers: np.ndarray) -> go.Figure:
    narrow = np.cos(np.radians(where[:, 1].mean()))  # a degree of longitude is shorter than one of latitude
    points = where * [narrow, 1.0]
    points = (points - points.min(axis=0)) / max(float(np.ptp(points, axis=0).max()), 1e-9)
    radii = np.maximum(SMALLEST, LARGEST * np.sqrt(numbers / max(float(numbers.max()), 1e-9)))
    points = _apart(points, radii)
    figure = go.Figure(
        go.Scatter(
            x=points[:, 0], y=points[:, 1], mode="text", text=labels, textfont={"size": 11}, hoverinfo="text",
            hovertext=[f"{name}: {rounded(float(number))} t" for name, number in zip(names, numbers, strict=True)],
        )
    )  # fmt: skip
    for (x, y), radius in zip(points, radii, strict=True):
        figure.add_shape(
            type="circle", x0=x - radius, x1=x + radius, y0=y - radius, y1=y + radius,
            fillcolor=clear(SKY, 0.8), line={"color": BLUE, "width": 1}, opacity=0.9, layer="below",
        )  # fmt: skip
    low, high = (points - radii[:, None]).min(axis=0), (points + radii[:, None]).max(axis=0)
    return layout(
        figure,
        height=560,
        showlegend=False,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        xaxis={"visible": False, "range": [low[0], high[0]], "constrain": "domain"},
        yaxis={"visible": False, "range": [low[1], high[1]], "scaleanchor": "x", "constrain": "domain"},
    )


def _apart(points: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return points (n, 2) moved until circles of these radii hardly overlap; the larger move less."""
    points = points.copy()
    gap = radii[:, None] + radii[None, :] + 0.004
    weight = radii[None, :] ** 2 / (radii[:, None] ** 2 + radii[None, :] ** 2)
    turn = np.arange(len(points))  # places at one spot leave it in different directions, the same every time
    points += 1e-4 * np.column_stack([np.cos(turn), np.sin(turn)])
    for _ in range(ROUNDS):
        offset = points[:, None, :] - points[None, :, :]
        distance = np.maximum(np.hypot(offset[..., 0], offset[..., 1]), 1e-9)
        overlap = np.where(distance < gap, gap - distance, 0.0)
        np.fill_diagonal(overlap, 0.0)
        if overlap.max() < 1e-3:
            break
        points += 0.5 * ((weight * overlap / distance)[..., None] * offset).sum(axis=1)
    return points
