"""The first question: what magnets does the country need, and what do its used goods give back?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr

from chumbak.answer.ensemble import Ensemble, run_draws
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.pack import Pack
from chumbak.pack.figures import Figure

SEED = 20250404


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer: labelled numbers over the years shown, the figures used, and ranges when drawn.

    ``data`` holds the central case (variables of the engines in ``stocks``, over ``year`` from the pack's
    ``answer_from`` on); ``ensemble`` the draws, or None.
    """

    pack: Pack
    data: xr.Dataset
    figures: tuple[Figure, ...]
    ensemble: Ensemble | None


def overview(
    pack: Pack, draws: int = 0, seed: int = SEED, progress: Callable[[int], None] = lambda done: None
) -> Answer:
    """Return demand in its definitions, the urban mine and the other metals; with ``draws``, their ranges."""
    data = compute(pack).sel(year=slice(pack.answer_from, None))
    ensemble = run_draws(pack, draws, seed, progress) if draws else None
    return Answer(pack, data, tuple(pack.figures(ATTRIBUTES)), ensemble)
