"""Scrap made by grain-boundary diffusion, melted: its Dy and Tb leave the shells and count as in bulk.

Where a lot says what it carries but not what a magnet made again of it has, that is estimated: from the coercivity it
measures, less what its Dy and Tb did in the shells, plus what they do in bulk. In the shells: the recalled range of
``composition.PRIORS``. In bulk: Dy by its own range there; Tb by content of like duty, 1.73 wt % in bulk for 0.4 wt %
diffused (Nanomaterials 15 (2025) 1437, in part). A wide estimate, meant to be measured over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from chumbak.magnet.composition import NINETY, PRIORS

HEAVY = ("Dy", "Tb")
BULK_FOR_DIFFUSED = 1.73 / 0.4  # wt % of Tb in bulk for a wt % diffused, of like duty


def remade_hcj(hcj: float, sd: float, content: Mapping[str, float]) -> tuple[float, float]:
    """Return Hcj (kA/m) of a magnet made again of diffused scrap, and its standard deviation.

    ``hcj`` and ``sd`` are what the scrap measures, ``content`` its Dy and Tb in wt %.
    """
    slopes = PRIORS["Hcj"]
    value, square = hcj, sd**2
    for element in HEAVY:
        amount = content.get(element, 0.0)
        low, middle, high = slopes[f"{element}_gbd"]
        if element == "Tb":
            lost = middle * (1 - 1 / BULK_FOR_DIFFUSED)
            wide = (high - low) / NINETY * (1 - 1 / BULK_FOR_DIFFUSED)
        else:
            bulk_low, bulk, bulk_high = slopes[f"{element}_bulk"]
            lost = middle - bulk
            wide = math.hypot((high - low) / NINETY, (bulk_high - bulk_low) / NINETY)
        value -= lost * amount
        square += (wide * amount) ** 2
    return value, math.sqrt(square)
