"""The demagnetisation curve of a magnet at a temperature: J(H) and B(H) from Br, Hcj, the knee, alpha and beta.

Convention: H is in kA/m and negative where it opposes the magnet; J and B = J + mu0 H in T. From Br to the knee, J is a
straight line of slope mu0 (mu_rec - 1); the knee lies at ``knee`` x Hcj, as in the load-line check of catalogues; from
there J falls as a quarter of an ellipse, without a kink at the knee and upright at Hcj, where it is zero. The shape of
the shoulder is a model: what lies past the knee is an estimate, a measured branch is better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.magnet.units import MU0, MagnetError, check_bounds

REFERENCE = 20.0  # C
ABSOLUTE_ZERO = -273.15


@dataclass(frozen=True)
class State:
    """A magnet at a temperature: Br in T, Hcj in kA/m, the knee as a fraction of it, the recoil permeability."""

    br: float
    hcj: float
    knee: float
    mu_rec: float

    @property
    def knee_field(self) -> float:
        """Return the size of the field at the knee, kA/m."""
        return self.knee * self.hcj

    def line(self, field: np.ndarray | float) -> np.ndarray:
        """Return J (T) of the straight part, for any field: where the magnet comes back to from before the knee."""
        return np.asarray(self.br + MU0 * (self.mu_rec - 1) * np.asarray(field, dtype=float))

    def polarisation(self, field: np.ndarray | float) -> np.ndarray:
        """Return J (T) at fields (kA/m) down to -Hcj; below it J goes on upright, as at -Hcj: 0."""
        field = np.asarray(field, dtype=float)
        past = np.clip((-field - self.knee_field) / (self.hcj - self.knee_field), 0.0, 1.0)
        return np.asarray(self.line(field) * np.sqrt(1 - past**2))

    def flux_density(self, field: np.ndarray | float) -> np.ndarray:
        """Return B (T) at fields (kA/m)."""
        return self.polarisation(field) + MU0 * np.asarray(field, dtype=float)

    def knee_point(self) -> tuple[float, float, float]:
        """Return the field (kA/m, negative), J and B (T) at the knee: to there the magnet comes back whole."""
        field = -self.knee_field
        return field, float(self.polarisation(field)), float(self.flux_density(field))

    def coercivity_of_flux(self) -> float:
        """Return Hcb (kA/m): the size of the field at which B is zero."""
        straight = self.br / (MU0 * self.mu_rec)
        if straight <= self.knee_field:
            return straight
        low, high = -self.hcj, -self.knee_field
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (low, middle) if self.flux_density(middle) > 0 else (middle, high)
        return -(low + high) / 2

    def energy_product(self) -> tuple[float, float]:
        """Return BHmax (kJ/m3) and the size of the field where it is (kA/m); exact where that is before the knee."""
        straight = self.br / (2 * MU0 * self.mu_rec)
        if straight <= self.knee_field:
            return energy_product_limit(self.br, self.mu_rec), straight
        low, high = 0.0, self.coercivity_of_flux()
        for _ in range(6):  # a finer and finer grid around the best
            field = np.linspace(low, high, 401)
            at = int(np.argmax(field * self.flux_density(-field)))
            low, high = field[max(at - 1, 0)], field[min(at + 1, 400)]
        return float(field[at] * self.flux_density(-field[at])), float(field[at])

    def field_at_90(self) -> float:
        """Return Hk (kA/m): the size of the field at which J is 90 % of Br."""
        low, high = 0.0, self.hcj
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.polarisation(-middle) > 0.9 * self.br else (low, middle)
        return (low + high) / 2


@dataclass(frozen=True)
class Magnet:
    """A magnet by its values at 20 C and how they change.

    ``br`` in T, ``hcj`` in kA/m, ``knee`` as a fraction of Hcj, ``alpha`` and ``beta`` in % per degree from 20 C,
    which hold between ``low`` and ``high`` (C). Raises ``MagnetError`` for what no magnet is.
    """

    br: float
    hcj: float
    alpha: float
    beta: float
    low: float = REFERENCE
    high: float = REFERENCE
    knee: float = 0.9
    mu_rec: float = 1.05

    def __post_init__(self) -> None:
        check_bounds("Br", self.br, "")
        check_bounds("Hcj", self.hcj, "")
        if not 0 < self.knee < 1:
            raise MagnetError(f"The knee of {self.knee:g} x Hcj is of no magnet: it lies between 0 and 1.")
        _recoil(self.mu_rec)
        for name, value in (("alpha of Br", self.alpha), ("beta of Hcj", self.beta)):
            if not -2.0 <= value <= 0.5:
                raise MagnetError(f"{name} of {value:g} % per degree cannot be: -2 to 0.5. Is it given in % per 100 C?")
        if not ABSOLUTE_ZERO < self.low <= self.high:
            raise MagnetError(f"alpha and beta hold from {self.low:g} to {self.high:g} C: the first is the lower one.")
        if self.br <= MU0 * (self.mu_rec - 1) * self.hcj:
            raise MagnetError("The recoil permeability is too large for this Br and Hcj: J would be zero before Hcj.")

    @property
    def vanishes(self) -> float:
        """Return the temperature (C) at which the straight coefficients leave no Br or no Hcj; infinite if none."""
        ends = [REFERENCE - 100 / one for one in (self.alpha, self.beta) if one < 0]
        return min(ends, default=float("inf"))

    def at(self, temperature: float) -> State:
        """Return the magnet at a temperature (C). Raises ``MagnetError`` where the coefficients leave nothing."""
        if not ABSOLUTE_ZERO < temperature < self.vanishes:
            raise MagnetError(
                f"At {temperature:g} C the coefficients leave no magnet (they end at {self.vanishes:.0f} C). "
                f"They are said to hold to {self.high:g} C."
            )
        warm = temperature - REFERENCE
        return State(self.br * (1 + self.alpha / 100 * warm), self.hcj * (1 + self.beta / 100 * warm),
                     self.knee, self.mu_rec)  # fmt: skip

    def beyond(self, temperature: float) -> bool:
        """Say whether a temperature is outside of the range for which alpha and beta hold."""
        return not self.low <= temperature <= self.high


def energy_product_limit(br: float, mu_rec: float = 1.05) -> float:
    """Return the most BHmax (kJ/m3) that Br (T) allows: Br^2/(4 mu0 mu_rec), of a straight B(H).

    Raises ``MagnetError``.
    """
    return check_bounds("Br", br, "") ** 2 / (4 * MU0 * _recoil(mu_rec))


def br_for_energy_product(bhmax: float, mu_rec: float = 1.05) -> float:
    """Return the least Br (T) at which a straight B(H) has a BHmax (kJ/m3). Raises ``MagnetError``."""
    return float((4 * MU0 * _recoil(mu_rec) * check_bounds("BHmax", bhmax, "")) ** 0.5)


def _recoil(mu_rec: float) -> float:
    """Return a recoil permeability that a magnet can have. Raises ``MagnetError``."""
    if not 1.0 <= mu_rec < 2.0:
        raise MagnetError(f"A recoil permeability of {mu_rec:g} is of no such magnet: 1.0 to 2.0.")
    return mu_rec


def knee_of_squareness(squareness: float, br: float, hcj: float, mu_rec: float) -> float:
    """Return the knee (x Hcj) for which Hk/Hcj, with Hk where J is 90 % of Br, is ``squareness``.

    Raises ``MagnetError`` where no knee gives it.
    """
    if not 0 < squareness < 1:
        raise MagnetError(f"Squareness Hk/Hcj of {squareness:g} cannot be: it lies between 0 and 1.")
    low, high = 1e-6, 1 - 1e-6
    ends = [State(br, hcj, knee, mu_rec).field_at_90() / hcj for knee in (low, high)]
    if not ends[0] <= squareness <= ends[1]:
        raise MagnetError(
            f"Squareness Hk/Hcj of {squareness:g} cannot be with this Br, Hcj and recoil permeability: "
            f"{ends[0]:.2f} to {ends[1]:.2f}. Give the knee instead."
        )
    for _ in range(60):
        middle = (low + high) / 2
        less = State(br, hcj, middle, mu_rec).field_at_90() / hcj < squareness
        low, high = (middle, high) if less else (low, middle)
    return (low + high) / 2
