"""What no cascade can do better: the least organic flow, the fewest stages, the best purity below the least flow.

For a sharp split at a cut (elements before it to the raffinate, the others to the product), separation factors
constant:

- *least organic*, stages without limit (Underwood): theta between the factors of the two elements at the cut solves
  sum_i beta_i z_i / (beta_i - theta) = F for an organic feed, 0 for an aqueous one; the organic flow beyond the feed is
  sum_i beta_i d_i / (beta_i - theta), d what goes to the product. For a pair and an aqueous feed of 1 mol:
  f + 1 / (beta - 1), f the fraction that is extracted;
- *fewest stages*, reflux without limit (Fenske): ln(ratio in the product / ratio in the raffinate) / ln beta.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from scipy.optimize import brentq

from chumbak.plant.components import Array
from chumbak.plant.errors import PlantError


def key_factor(factors: Sequence[float] | Array, cut: int) -> float:
    """Return the separation factor across a cut: ``factors`` rise, elements from number ``cut`` (from 0) on go over."""
    beta = np.asarray(factors, dtype=float)
    if beta.ndim != 1 or len(beta) < 2 or not np.isfinite(beta).all() or (beta <= 0).any():
        raise PlantError("separation factors must be above 0, one for each of two elements or more")
    if isinstance(cut, bool) or not isinstance(cut, int | np.integer):
        raise PlantError(f"a cut is the number of an element, and {cut!r} is none")
    if not 1 <= cut < len(beta):
        raise PlantError(f"a cut at {cut} leaves one side empty; it lies from 1 to {len(beta) - 1} here")
    if (np.diff(beta) < 0).any():
        raise PlantError("separation factors must rise from element to element: put the least extracted first")
    key = float(beta[cut] / beta[cut - 1])
    if key <= 1.0 + 1e-9:
        raise PlantError(
            "the two elements at the cut have the same separation factor (beta = 1): no number of stages parts them; "
            "cut elsewhere, or choose another extractant"
        )
    return key


def least_organic(
    feed: Sequence[float] | Array, factors: Sequence[float] | Array, cut: int, feed_organic: bool = False
) -> float:
    """Return the least organic flow of the extraction section for a sharp split, in the unit of the feed."""
    key_factor(factors, cut)
    z, beta = np.asarray(feed, dtype=float), np.asarray(factors, dtype=float)
    if z.shape != beta.shape or not np.isfinite(z).all() or (z < 0).any() or z[:cut].sum() <= 0 or z[cut:].sum() <= 0:
        raise PlantError(f"the feed must be {len(beta)} amounts, none negative, and something on both sides of the cut")
    there = z > 0
    low, high = float(beta[:cut][there[:cut]].max()), float(beta[cut:][there[cut:]].min())
    wanted = float(z.sum()) if feed_organic else 0.0
    z, beta = z[there], beta[there]

    def off(share: float) -> float:
        theta = low + share * (high - low)
        return float((beta * z / (beta - theta)).sum()) - wanted

    # Rises from minus to plus infinity between the two factors: found in the share of the way between them.
    least = max(1e-15, 4 * np.finfo(float).eps * high / (high - low))  # nearer, theta is a factor itself
    most = 1.0 - least
    if off(least) >= 0:
        share = least  # next to nothing stands on the other side of the cut
    else:
        share = most if off(most) <= 0 else float(brentq(off, least, most, xtol=1e-16, rtol=1e-15))
    theta = low + share * (high - low)
    cut = int(there[:cut].sum())
    beyond = float((beta[cut:] * z[cut:] / (beta[cut:] - theta)).sum())
    return beyond - float(z.sum()) if feed_organic else beyond


def least_organic_of_pair(extracted: float, factor: float) -> float:
    """Return the least organic flow for a pair, mol a mol of aqueous feed; ``extracted``: the share that goes over."""
    key_factor((1.0, factor), 1)
    if not 0 < extracted < 1:
        raise PlantError(f"the fraction extracted is {extracted:g}; it lies between 0 and 1")
    return extracted + 1.0 / (factor - 1.0)


def fewest_stages(product: float, raffinate: float, factor: float) -> float:
    """Return the fewest stages for a pair (Fenske) from the purities of both products, mol/mol. Need not be whole."""
    key_factor((1.0, factor), 1)
    for name, purity in (("product", product), ("raffinate", raffinate)):
        if not 0 < purity < 1:
            raise PlantError(
                f"the purity of the {name} is {purity:g}; it lies between 0 and 1, for no cascade makes 100 %"
            )
    if product + raffinate <= 1:
        raise PlantError(
            f"purities of {product:g} and {raffinate:g} part nothing: each product has to be richer than the feed"
        )
    return log(product / (1.0 - product) * raffinate / (1.0 - raffinate)) / log(factor)


def best_purity(extracted: float, share_of_least: float) -> float:
    """Return the best purity of the extracted of a pair, all of it taken, by the organic flow over the least one."""
    if not 0 <= extracted <= 1:
        raise PlantError(f"the fraction extracted is {extracted:g}; it lies from 0 to 1")
    if not share_of_least > 0:
        raise PlantError(f"the organic flow is {share_of_least:g} of the least one; it must be above 0")
    return 1.0 - (1.0 - min(share_of_least, 1.0)) * (1.0 - extracted)
