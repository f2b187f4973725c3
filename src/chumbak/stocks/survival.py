"""Lifetimes: the share of what entered that is still in stock at a given age.

A family is a frozen dataclass: its fields are the parameters, ``surviving`` is the survival function, and
``positive`` / ``non_negative`` say which parameters cannot be below or at zero. Everything else (year of
entry, parameters by cohort or by year, labels) is common to all families and lives outside them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr
from numpy.polynomial.legendre import Legendre
from scipy.special import gamma, ndtr

from chumbak.stocks.labels import Array, first_fault, matched

Parameter: TypeAlias = float | xr.DataArray
Entry: TypeAlias = str | int
Moments: TypeAlias = list[tuple[float, float]]

MOST_POINTS = 64  # of the year of entry: far more than any life needs, and the work grows with the cube
_ENTRY_AGE = {"start": 1.0, "middle": 0.5, "end": 0.0}


def entry_moments(entry: Entry) -> Moments:
    """Ages at the end of the year of entry, each with its weight.

    ``start``, ``middle``, ``end`` put all inflow at one moment; a whole number n from 2 to 64 spreads it over n
    Gauss-Lobatto points of the year (exact for polynomials up to degree 2n - 3), which short lives need.
    The points are the ends of the interval and the roots of P'[n-1]; the weights are 2 / (n (n-1) P[n-1]²)
    (Abramowitz and Stegun 25.4.32).

    Raises:
        ValueError: ``entry`` is none of these.

    """
    if isinstance(entry, str) and entry in _ENTRY_AGE:
        return [(_ENTRY_AGE[entry], 1.0)]
    if isinstance(entry, bool) or not isinstance(entry, int | np.integer) or not 2 <= entry <= MOST_POINTS:
        raise ValueError(
            f"entry must be start, middle, end or a whole number of points from 2 to {MOST_POINTS}, not {entry!r}."
        )
    n = int(entry)
    polynomial = Legendre.basis(n - 1)
    slope = polynomial.deriv()
    inner = np.sort(np.real(slope.roots()))
    inner = inner - slope(inner) / slope.deriv()(inner)  # one Newton step: eigenvalue roots lose the last digits
    points = np.concatenate([[-1.0], (inner - inner[::-1]) / 2, [1.0]])  # symmetric, as in theory
    weights = 2 / (n * (n - 1) * polynomial(points) ** 2)
    return list(zip(((points + 1) / 2).tolist(), (weights / weights.sum()).tolist(), strict=True))


class Lifetime(ABC):
    """What the families share. A subclass is a frozen dataclass whose fields are its parameters.

    Each parameter is a number or a DataArray over any dimensions of the flow (product, draw ...), over
    ``cohort`` (a property of the vintage), over ``year`` (a change for all ages in that year), or over
    dimensions the flow lacks, to which the result is then broadcast. Times are in years.

    Raises:
        ValueError: on creation, if a parameter is not finite or out of its range; names parameter, value,
            place.
        TypeError: if a parameter is neither a number nor a DataArray.

    """

    positive: ClassVar[tuple[str, ...]] = ()
    non_negative: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name, value in self.parameters().items():
            what = f"{type(self).__name__} {name}"
            _check(what, value, positive=name in self.positive, non_negative=name in self.non_negative)

    def parameters(self) -> dict[str, xr.DataArray]:
        """Parameters by name, each as a DataArray."""
        family = type(self).__name__
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return {name: _labelled(f"{family} {name}", getattr(self, name)) for name in names}

    @abstractmethod
    def surviving(self, age: Array, parameters: Mapping[str, Array]) -> Array:
        """Share still in stock at ``age`` >= 0; age and parameters broadcast against each other."""

    def check_ages(self, oldest: float) -> None:
        """Raise ValueError if the survival at age ``oldest`` is not known."""
        del oldest  # a formula knows every age


def _labelled(what: str, value: Any) -> xr.DataArray:
    if isinstance(value, xr.DataArray):
        return value
    if isinstance(value, bool) or np.ndim(value) != 0 or not isinstance(value, Real):
        raise TypeError(f"{what} must be a number or a labelled DataArray, not {value!r}.")
    return xr.DataArray(float(value))


def _refuse(what: str, value: xr.DataArray, fault: npt.NDArray[np.bool_], rule: str) -> None:
    """Raise ValueError at the first cell where ``fault`` holds."""
    if found := first_fault(value, fault):
        number, place = found
        at = f" at {place}" if place else ""
        raise ValueError(f"{what} is {number:g}{at}; it {rule}.")


def _check(what: str, value: xr.DataArray, *, positive: bool = False, non_negative: bool = False) -> None:
    if value.dtype.kind not in "iuf":
        raise TypeError(f"{what} must hold numbers, not {value.dtype}.")
    values = np.asarray(value.values, dtype=np.float64)
    _refuse(what, value, ~np.isfinite(values), "must be a finite number")
    if positive:
        _refuse(what, value, values <= 0, "must be above zero")
    if non_negative:
        _refuse(what, value, values < 0, "must not be negative")


@dataclass(frozen=True, eq=False)
class Weibull(Lifetime):
    """SF(age) = exp(-(age / scale)^shape)."""

    scale: Parameter
    shape: Parameter
    positive = ("scale", "shape")

    @classmethod
    def from_mean(cls, mean: Parameter, shape: Parameter) -> Weibull:
        """Weibull with this mean life: scale = mean / Gamma(1 + 1 / shape).

        Raises:
            ValueError: mean or shape is not finite and above zero.

        """
        average, exponent = _labelled("Weibull mean", mean), cls(1.0, shape).parameters()["shape"]
        _check("Weibull mean", average, positive=True)
        for dim in set(average.dims) & set(exponent.dims):
            exponent = matched(exponent, average, [dim], "Weibull shape")
        return cls(average / xr.apply_ufunc(gamma, 1 + 1 / exponent), shape)

    def surviving(self, age: Array, parameters: Mapping[str, Array]) -> Array:
        """See the class."""
        return np.exp(-((age / parameters["scale"]) ** parameters["shape"]))


@dataclass(frozen=True, eq=False)
class Normal(Lifetime):
    """SF(age) = Phi((mean - age) / std), not truncated: mass at negative ages leaves in the year of entry."""

    mean: Parameter
    std: Parameter
    positive = ("std",)
    non_negative = ("mean",)

    def surviving(self, age: Array, parameters: Mapping[str, Array]) -> Array:
        """See the class."""
        return np.asarray(ndtr((parameters["mean"] - age) / parameters["std"]))


@dataclass(frozen=True, eq=False)
class LogNormal(Lifetime):
    """Lognormal life; ``mean`` and ``std`` are those of the life itself, not of its logarithm.

    s² = ln(1 + (std / mean)²), m = ln(mean) - s² / 2, SF(age) = Phi((m - ln age) / s).
    """

    mean: Parameter
    std: Parameter
    positive = ("mean", "std")

    def surviving(self, age: Array, parameters: Mapping[str, Array]) -> Array:
        """See the class."""
        mean, std = parameters["mean"], parameters["std"]
        variance = np.log1p((std / mean) ** 2)
        return np.asarray(ndtr((np.log(mean) - variance / 2 - np.log(age)) / np.sqrt(variance)))


@dataclass(frozen=True, eq=False)
class FoldedNormal(Lifetime):
    """Absolute value of a normal; ``mean`` and ``std`` are those of the normal before folding.

    SF(age) = Phi((mean - age) / std) + Phi(-(mean + age) / std), as scipy's foldnorm(c=mean/std, scale=std).
    """

    mean: Parameter
    std: Parameter
    positive = ("std",)
    non_negative = ("mean",)

    def surviving(self, age: Array, parameters: Mapping[str, Array]) -> Array:
        """See the class."""
        mean, std = parameters["mean"], parameters["std"]
        return np.asarray(ndtr((mean - age) / std) + ndtr(-(mean + age) / std))


@dataclass(frozen=True, eq=False)
class Fixed(Lifetime):
    """In stock while age < mean (strictly), then gone."""

    mean: Parameter
    positive = ("mean",)

    def surviving(self, age: Array, parameters: Mapping[str, Array]) -> Array:
        """See the class."""
        return (age < parameters["mean"]).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Table(Lifetime):
    """Survival given at ages, linear between them.

    ``survival`` is a sequence, at ages 0, 1, 2 ... or at ``ages``; or a DataArray over ``age`` (its
    coordinate gives the ages; without one they are 0, 1, 2 ...) and any dimensions a parameter may have. The
    first age must be 0; a value below 1 there leaves in the year of entry. Past the last age nothing is left
    if the last value is 0; otherwise a calculation that needs an older age is refused, not guessed.

    Raises:
        ValueError: ages that do not rise from 0, fewer than two of them, or values that rise or leave [0, 1].

    """

    survival: xr.DataArray | Sequence[float] | Array
    ages: Sequence[float] | Array | None = None

    def __post_init__(self) -> None:
        table = self.survival
        if isinstance(table, xr.DataArray):
            if self.ages is not None:
                raise ValueError("Table: the ages are the age coordinate of survival; give no ages beside it.")
            if "age" not in table.dims:
                raise ValueError("Table: survival needs a dimension age.")
        else:
            values = np.asarray(table)
            if values.dtype.kind not in "iuf" or values.ndim != 1:
                raise ValueError("Table: survival must be a row of numbers, or a DataArray over age.")
            table = xr.DataArray(values.astype(np.float64), dims="age")
        ages = np.asarray(range(table.sizes["age"]) if self.ages is None else self.ages, dtype=np.float64)
        if self.ages is None and "age" in table.indexes:
            ages = np.asarray(table.indexes["age"], dtype=np.float64)
        if ages.shape != (table.sizes["age"],):
            raise ValueError(f"Table: {table.sizes['age']} survival values, but {ages.size} ages.")
        if ages.size < 2 or ages[0] != 0 or not (np.isfinite(ages).all() and (np.diff(ages) > 0).all()):
            raise ValueError("Table: ages must start at 0 and rise, and there must be at least two.")
        table = table.transpose(..., "age").astype(np.float64).assign_coords(age=ages)
        values = table.values
        _refuse("Table survival", table, ~((values >= 0) & (values <= 1)), "must be between 0 and 1")
        rises = np.diff(values, axis=-1, prepend=1.0) > 0
        _refuse("Table survival", table, rises, "must not rise with age")
        object.__setattr__(self, "survival", table)
        object.__setattr__(self, "ages", ages)

    def parameters(self) -> dict[str, xr.DataArray]:
        """Return the table; its last axis is ``age``."""
        return {"survival": xr.DataArray(self.survival)}

    def surviving(self, age: Array, parameters: Mapping[str, Array]) -> Array:
        """See the class; the table has one more axis (``age``, the last) than the result."""
        grid, table = np.asarray(self.ages), parameters["survival"]
        lower = np.clip(np.searchsorted(grid, age, side="right") - 1, 0, grid.size - 2)
        part = np.minimum((age - grid[lower]) / (grid[lower + 1] - grid[lower]), 1.0)
        left = np.take_along_axis(table, lower[..., None], axis=-1)[..., 0]
        right = np.take_along_axis(table, lower[..., None] + 1, axis=-1)[..., 0]
        return np.asarray(left + part * (right - left))

    def check_ages(self, oldest: float) -> None:
        """Raise ValueError if the table ends, above zero, before age ``oldest``."""
        last = xr.DataArray(self.survival).isel(age=-1, drop=True)
        found = first_fault(last, last.values > 0)
        if found and oldest > np.asarray(self.ages)[-1]:
            value, place = found
            at = f" at {place}" if place else ""
            raise ValueError(
                f"Table: survival is given up to age {np.asarray(self.ages)[-1]:g}, where {value:g} is left{at}, "
                f"but age {oldest:g} is needed; extend the table to that age, or to 0."
            )
