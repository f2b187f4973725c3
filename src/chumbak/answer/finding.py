"""A finding: what a named question returns, numbers with the figures they rest on."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from chumbak.pack.figures import Figure


@dataclass(frozen=True, eq=False)
class Finding:
    """One question answered.

    ``data`` holds labelled numbers, every variable with ``units`` and ``long_name``; its attributes say the
    convention. ``figures`` are the rows of the pack that were used.
    """

    name: str
    data: xr.Dataset
    figures: tuple[Figure, ...]
