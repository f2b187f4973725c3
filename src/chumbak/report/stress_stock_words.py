"""A stock against shocks in words; ``told`` is its document (``answer.stockpile_document``)."""

from __future__ import annotations

from chumbak.pack import Pack
from chumbak.report.stress_words import Told, exact_money, three_figures
from chumbak.report.words import percent

MOST = 0.6  # of what the best stock saves: from there on a part of it is told to do most


def stockpile_sentences(told: Told, pack: Pack) -> list[str]:
    """Return what is told of a stock against shocks."""
    best = told["best"]
    avoided = best["loss_without"] - best["loss_with"]
    if best["tonnes"] <= 0 or avoided <= 0:
        return ["No stock beyond what makers hold already is worth its cost."]
    told_as = {name: exact_money(best[name], pack.currency) for name in best if name != "tonnes"}
    said = (
        f"Worth holding beyond what makers hold already: {three_figures(best['tonnes'])} t of magnets, "
        f"{told_as['capital']} of capital, for {told_as['holding']} a year. It brings the loss expected a year from "
        f"{told_as['loss_without']} down to {told_as['loss_with']}."
    )
    found = [said]
    part = _first_part(told)
    if part is not None:
        found.append(
            f"The first {exact_money(part['capital'], pack.currency)} do most of it: "
            f"{percent(part['avoided'] / avoided)} of what the whole stock saves."
        )
    return [*found, "How often each episode comes is a judgement of the pack, and the stock moves with it."]


def _first_part(told: Told) -> Told | None:
    """Return the smallest stock of the curve that saves most of what the best one does, where it is clearly smaller."""
    avoided = told["best"]["loss_without"] - told["best"]["loss_with"]
    held = [one for one in told["curve"] if one["capital"] > 0 and one["avoided"] >= MOST * avoided]
    part = min(held, key=lambda one: one["capital"], default=None)
    return None if part is None or part["capital"] >= 0.9 * told["best"]["capital"] else part
