"""The picture of a magnet: B(H) and J(H) at each temperature, the load line, and the point where it works."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from chumbak.report.pictures.frame import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, Chart, DataTable, layout

COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, GREY)
MU0 = 4e-4 * math.pi  # T per kA/m


def curve_picture(document: Mapping[str, Any]) -> Chart:
    """Return the second quadrant of a document of a curve."""
    figure = go.Figure()
    points = [state["point"] for state in document["states"]]
    deepest = min(*(min(state["curve"]["H_kA_m"]) for state in document["states"]),
                  *(point["H"]["value"] for point in points))  # fmt: skip
    bottom = 1.2 * min(0.0, *(point["B"]["value"] for point in points))  # an opposing field may turn B
    top = 1.08 * max(state["Br"]["value"] for state in document["states"])
    for number, state in enumerate(document["states"]):
        colour = COLOURS[number % len(COLOURS)]
        curve, name = state["curve"], f"{state['temperature_C']:g} °C"
        look = {"color": colour, "width": 2.6}
        above = [flux if flux >= bottom else None for flux in curve["B_T"]]
        figure.add_scatter(x=curve["H_kA_m"], y=above, name=f"B, {name}", mode="lines", line=look)
        figure.add_scatter(
            x=curve["H_kA_m"], y=curve["J_T"], name=f"J, {name}", mode="lines", line=look | {"dash": "dash"}
        )
        point = state["point"]
        figure.add_scatter(
            x=[point["H"]["value"]], y=[point["B"]["value"]], name=f"works here, {name}", mode="markers",
            marker={"color": RED if point["irreversible_loss_of_Br_pct"] > 0 else colour, "size": 12,
                    "symbol": "x" if point["irreversible_loss_of_Br_pct"] > 0 else "circle"},
        )  # fmt: skip
    _load_line(figure, document, (1.03 * deepest, bottom, top))
    measured = document.get("measured")
    if measured:
        figure.add_scatter(x=measured["curve"]["H_kA_m"], y=measured["curve"]["J_T"], name="J as measured",
                           mode="lines", line={"color": "#222", "width": 1.2})  # fmt: skip
    layout(figure, height=520, hovermode="closest")
    figure.update_xaxes(title="H in the magnet, kA/m", range=[1.03 * deepest, 0])
    figure.update_yaxes(title="B and J, T", range=[bottom, top], side="right")
    hottest = document["hottest"]["temperature_C"]
    limit = f"good up to {hottest:.0f} °C" if hottest is not None else document["hottest"]["reason"]
    return Chart(
        "magnet-curve", f"{document['title']}: in this shape {limit}",
        "B(H) drawn through, J(H) dashed; field in the magnet in kA/m, B and J in T; a cross is past the knee",
        f"Chumbak: {document['magnet']['origin']}; {document['load']['from']}; Pc "
        f"{document['load']['permeance_coefficient']:.2f}. " + " ".join(document["notes"]),
        figure, _table(document),
    )  # fmt: skip


def _load_line(figure: go.Figure, document: Mapping[str, Any], frame: tuple[float, float, float]) -> None:
    """Draw B = mu0 H - mu0 (H + He)/N, the load line moved by the opposing field, as far as it is in the frame.

    ``frame`` is the lowest H (kA/m), the lowest and the highest B (T); on the right it ends at H = 0.
    """
    left, bottom, top = frame
    factor = document["load"]["demagnetising_factor"]
    slope, at_zero = MU0 * (1 - 1 / factor), -MU0 * document["load"]["opposing_field"]["value"] / factor
    fields = [max(left, (top - at_zero) / slope), min(0.0, (bottom - at_zero) / slope)]
    figure.add_scatter(x=fields, y=[at_zero + slope * field for field in fields], name="load line", mode="lines",
                       line={"color": GREY, "width": 1.6, "dash": "dot"})  # fmt: skip


def _table(document: Mapping[str, Any]) -> DataTable:
    rows = tuple(
        (f"{state['temperature_C']:g} °C", f"{state['Br']['value']:.3f}", f"{state['Hcj']['value']:,.0f}",
         f"{state['BHmax']['value']:,.0f}", f"{state['point']['H']['value']:,.0f}",
         f"{state['point']['B']['value']:.3f}", f"{state['point']['to_knee']['value']:,.0f}",
         f"{state['point']['irreversible_loss_of_Br_pct']:.1f}")
        for state in document["states"]
    )  # fmt: skip
    return DataTable(
        ("at", "Br, T", "Hcj, kA/m", "BHmax, kJ/m3", "H at point, kA/m", "B at point, T", "to the knee, kA/m",
         "lost for good, % of Br"), rows,
    )  # fmt: skip
