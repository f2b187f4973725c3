"""Distances on the globe, which several engines need."""

from __future__ import annotations

import numpy as np

EARTH_KM = 6371.0088  # mean radius


def great_circle(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the great-circle distances in km between all points given in degrees, (point, point).

    The haversine formula (Sinnott 1984, Sky and Telescope 68:159).
    """
    lat, lon = np.radians(lat), np.radians(lon)
    north, east = lat[:, None] - lat, lon[:, None] - lon
    half = np.sin(north / 2) ** 2 + np.cos(lat[:, None]) * np.cos(lat) * np.sin(east / 2) ** 2
    km: np.ndarray = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return km
