"""The drawing of a flowsheet: steps down the page in the order of solving, what enters at the left, what leaves right.

A line to the next step is straight; one that passes steps over runs in a lane at the right and is named at the far
right, with where it goes; one that goes back (a recycle) runs in a lane at the left. Nothing crosses a box, and no name
lies on another, however large the plant is.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOX, SIDE, LANE, LINE, GAP = 250, 250, 16, 17, 26  # px: width of a box, of a side, of a lane; height of a line; gap
INK, SOFT, BLUE, ORANGE, GREEN = "#1c1c1c", "#555", "#00558a", "#a33c00", "#00694d"


@dataclass(frozen=True)
class _Row:
    name: str
    what: str
    comes: tuple[str, ...]
    leaves: tuple[tuple[str, str], ...]  # text and colour
    skips: tuple[str, ...]  # streams to a step that is not the next
    top: float
    height: float


def flow(kg_per_h: float) -> str:
    """Return a flow as it is read on a drawing."""
    if kg_per_h <= 0:
        return "0"
    if kg_per_h >= 9.995:
        return f"{kg_per_h:,.0f} kg/h" if kg_per_h >= 99.5 else f"{kg_per_h:.1f} kg/h"
    return f"{kg_per_h:.3g} kg/h" if kg_per_h >= 0.001 else f"{1000 * kg_per_h:.2g} g/h"


def drawing(document: Mapping[str, Any]) -> str:
    """Return the SVG of a solved flowsheet (``plant.document.solution_document``)."""
    names = list(document["steps"])
    place = {name: at for at, name in enumerate(names)}
    streams = document["streams"]
    rows, top = [], 8.0
    for name in names:
        row = _row(name, document, place, top)
        rows.append(row)
        top += row.height + GAP
    inside = [
        (place[one["from"]], place[one["to"]], stream, one["kg_per_h"])
        for stream, one in streams.items()
        if one["from"] in place and one["to"] in place
    ]
    skips = _lanes([edge for edge in inside if edge[1] > edge[0] + 1])
    backs = _lanes([edge for edge in inside if edge[1] <= edge[0]])
    left = SIDE + LANE * (1 + max(backs.values(), default=-1) + 1)
    right = left + BOX + LANE * (1 + max(skips.values(), default=-1) + 1)
    parts = [_box(row, left) + _sides(row, left, right) for row in rows]
    straight: dict[int, list[str]] = {}
    for start, end, stream, amount in inside:
        if end == start + 1:
            straight.setdefault(start, []).append(f"{stream}: {flow(amount)}")
        else:
            parts.append(_around((start, end, stream, amount), rows, left, skips, backs))
    parts += [_down(rows[start], rows[start + 1], left, ", ".join(said)) for start, said in straight.items()]
    width, height = right + SIDE, top
    label = f"{document['title']}: {len(names)} steps. The streams are in the table that follows."
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="{html.escape(label)}" xmlns="http://www.w3.org/2000/svg" '
        'font-family="system-ui, sans-serif" font-size="12">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="{INK}"/></marker></defs>'
        + "".join(parts)
        + "</svg>"
    )


def _row(name: str, document: Mapping[str, Any], place: Mapping[str, int], top: float) -> _Row:
    step = document["steps"][name]
    streams = document["streams"]
    fed = [one for names in step["in"].values() for one in names if streams[one]["from"] == "feed"]
    comes = [f"{one}: {flow(streams[one]['kg_per_h'])}" for one in fed]
    comes += [f"{what}: {flow(amount)}" for what, amount in step["drawn_kg_per_h"].items() if amount > 0]
    leaves = [
        (f"{one}: {flow(streams[one]['kg_per_h'])}", GREEN if streams[one]["role"] == "product" else ORANGE)
        for one in step["out"].values()
        if streams[one]["to"] is None and streams[one]["kg_per_h"] > 0
    ]
    goes = {one: streams[one] for one in step["out"].values()}
    skips = tuple(
        f"{one}: {flow(told['kg_per_h'])} to {told['to'].replace('_', ' ')}"
        for one, told in goes.items()
        if told["to"] is not None and place[told["to"]] > place[name] + 1
    )
    height = max(46.0, LINE * max(len(comes), len(leaves) + len(skips)) + 12)
    return _Row(name, step["what"], tuple(comes), tuple(leaves), skips, top, height)


def _lanes(edges: Sequence[tuple[int, int, str, float]]) -> dict[str, int]:
    """Give each line that does not go to the next step a lane: the innermost that is free on its way."""
    lanes: dict[str, int] = {}
    taken: list[list[tuple[int, int]]] = []
    for start, end, name, _ in sorted(edges, key=lambda edge: abs(edge[1] - edge[0])):
        low, high = min(start, end), max(start, end)
        for at, spans in enumerate(taken):
            if all(high < one[0] or low > one[1] for one in spans):
                spans.append((low, high))
                lanes[name] = at
                break
        else:
            taken.append([(low, high)])
            lanes[name] = len(taken) - 1
    return lanes


def _text(x: float, y: float, words: str, colour: str, end: bool = False, bold: bool = False) -> str:
    most = 40
    shown = words if len(words) <= most else words[: most - 1] + "…"
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}"{" text-anchor=" + chr(34) + "end" + chr(34) if end else ""}'
        f"{' font-weight=' + chr(34) + '600' + chr(34) if bold else ''}>{html.escape(shown)}"
        f"<title>{html.escape(words)}</title></text>"
    )


def _box(row: _Row, left: float) -> str:
    middle = row.top + row.height / 2
    return (
        f'<rect x="{left:.0f}" y="{row.top:.0f}" width="{BOX}" height="{row.height:.0f}" rx="5" fill="#f3f6f8" '
        f'stroke="{BLUE}"/>'
        + _text(left + 10, middle - 3, row.name.replace("_", " "), INK, bold=True)
        + _text(left + 10, middle + 14, row.what, SOFT)
    )


def _sides(row: _Row, left: float, right: float) -> str:
    parts = []
    for at, words in enumerate(row.comes):
        y = row.top + row.height / 2 + (at - (len(row.comes) - 1) / 2) * LINE
        parts.append(_text(SIDE - 8, y + 4, words, BLUE, end=True))
        parts.append(_line([(SIDE - 4, y), (left - 2, y)], BLUE))
    lines = len(row.leaves) + len(row.skips)
    for at, (words, colour) in enumerate((*row.leaves, *((words, SOFT) for words in row.skips))):
        y = row.top + row.height / 2 + (at - (lines - 1) / 2) * LINE
        if at >= len(row.leaves):
            parts.append(_text(right + 6, y + 4, words, colour))
            continue
        parts.append(_line([(left + BOX, y), (right + 2, y)], colour))
        parts.append(_text(right + 6, y + 4, words, colour))
    return "".join(parts)


def _down(above: _Row, below: _Row, left: float, said: str) -> str:
    x = left + BOX / 2
    bottom = above.top + above.height
    return _line([(x, bottom), (x, below.top - 2)], INK, said) + _text(x + 6, (bottom + below.top) / 2 + 4, said, SOFT)


def _around(
    edge: tuple[int, int, str, float], rows: Sequence[_Row], left: float, skips: Mapping[str, int],
    backs: Mapping[str, int],
) -> str:  # fmt: skip
    start, end, name, amount = edge
    above, below = rows[start], rows[end]
    said = f"{name}: {flow(amount)}"
    if end > start:
        lane = left + BOX + LANE * (skips[name] + 1)
        points = [(left + BOX, above.top + above.height - 5), (lane, above.top + above.height - 5),
                  (lane, below.top + 6), (left + BOX + 2, below.top + 6)]  # fmt: skip
        return _line(points, INK, said)
    lane = left - LANE * (backs[name] + 1)
    points = [(left, above.top + above.height - 5), (lane, above.top + above.height - 5), (lane, below.top + 6),
              (left - 2, below.top + 6)]  # fmt: skip
    return _line(points, ORANGE, said, dashed=True) + _text(
        lane - 4, above.top + above.height + 9, said, ORANGE, end=True
    )


def _line(points: Sequence[tuple[float, float]], colour: str, words: str = "", dashed: bool = False) -> str:
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    dash = ' stroke-dasharray="5 3"' if dashed else ""
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}"{dash} marker-end="url(#tip)">'
        f"<title>{html.escape(words)}</title></polyline>"
    )
