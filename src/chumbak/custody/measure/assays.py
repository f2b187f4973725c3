"""From a weighing and an assay to an amount with its errors.

amount = gross x (1 - moisture) x fraction x factor, exact and rounded once, half to even, to a microgram. Its
errors, to first order (the law of propagation of the GUM), are relative ones times the amount:

=============================================  =============================================================
``weighing:ID``, ``moisture:ID``               of this weighing and this determination of moisture alone
``scale:SCALE``                                the calibration of the scale, shared by all that it weighed
``assay:ID:ELEMENT``                           of this assay alone (sampling, preparation, repeatability)
``method:LABORATORY:METHOD:ELEMENT``           the calibration of the method there, shared by all its assays
=============================================  =============================================================

A stated uncertainty is the whole of it. Of it the shared part is what ``Calibrations`` says (relative standard
uncertainties), and the rest, in squares, is its own; without a calibration all of it is its own, and then nothing
cancels and nothing adds up between lots. Rounding to a microgram (0.3 micrograms) is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from chumbak.custody.ledger.statement import Measurement
from chumbak.custody.measure.amount import Amount


class MeasureError(ValueError):
    """A measurement that cannot be used; the message says which, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """A weighing: gross mass and its standard uncertainty in micrograms, moisture as a share of the gross mass."""

    id: str
    scale: str
    gross: Fraction
    uncertainty: Fraction
    moisture: Fraction = Fraction(0)
    moisture_uncertainty: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Assay:
    """One element of an assay: the fraction of ``compound`` in the dry mass and its standard uncertainty (kg/kg).

    ``factor`` turns the compound into the element, exactly.
    """

    id: str
    element: str
    fraction: Fraction
    uncertainty: Fraction
    method: str = ""
    laboratory: str = ""
    sample: str = ""
    compound: str = ""
    factor: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Calibrations:
    """Relative standard uncertainties that are shared: by scale, and by (laboratory, method, element)."""

    scales: Mapping[str, float] = field(default_factory=dict)
    methods: Mapping[tuple[str, str, str], float] = field(default_factory=dict)


def amount(weighing: Weighing, assay: Assay, calibrations: Calibrations | None = None) -> Amount:
    """Return the amount of an element in what was weighed. Raises ``MeasureError`` for numbers that cannot be."""
    for what, number in (
        (f"the gross mass of weighing '{weighing.id}'", weighing.gross),
        (f"the uncertainty of weighing '{weighing.id}'", weighing.uncertainty),
        (f"the uncertainty of the moisture of '{weighing.id}'", weighing.moisture_uncertainty),
        (f"the fraction of {assay.element} in assay '{assay.id}'", assay.fraction),
        (f"the uncertainty of {assay.element} in assay '{assay.id}'", assay.uncertainty),
    ):
        if number < 0:
            raise MeasureError(f"{what} is below zero.".capitalize())
    if not 0 <= weighing.moisture < 1:
        raise MeasureError(f"The moisture of weighing '{weighing.id}' is a share of the gross mass, from 0 to below 1.")
    dry = weighing.gross * (1 - weighing.moisture)
    by_fraction = float(dry * assay.factor)  # micrograms of element for a fraction of one
    by_gross = float((1 - weighing.moisture) * assay.fraction * assay.factor)
    shared = calibrations or Calibrations()
    on_scale = shared.scales.get(weighing.scale, 0.0) * float(weighing.gross)
    way = (assay.laboratory, assay.method, assay.element)
    on_method = shared.methods.get(way, 0.0) * float(assay.fraction)
    effects = {
        f"scale:{weighing.scale}": on_scale * by_gross,
        f"weighing:{weighing.id}": _own(float(weighing.uncertainty), on_scale, f"weighing '{weighing.id}'") * by_gross,
        f"moisture:{weighing.id}": float(
            -weighing.moisture_uncertainty * weighing.gross * assay.fraction * assay.factor
        ),
        f"method:{':'.join(way)}": on_method * by_fraction,
        f"assay:{assay.id}:{assay.element}": _own(
            float(assay.uncertainty), on_method, f"{assay.element} in assay '{assay.id}'"
        )
        * by_fraction,
    }
    return Amount(
        round(dry * assay.fraction * assay.factor),
        {name: effect for name, effect in effects.items() if effect},
        weighing.id,
    )


def from_measurement(
    measured: Measurement, scale: str, weighing: str, calibrations: Calibrations | None = None
) -> Amount:
    """Return the amount of a measurement as an event states it; ``weighing`` names the weighing (lot and event).

    Raises ``MeasureError`` where it lacks the mass or an uncertainty: what is not known is not taken for zero.
    """
    lacking = [
        name
        for name, there in (
            ("the gross mass", measured.gross),
            ("the uncertainty of the mass", measured.gross_uncertainty),
            ("the uncertainty of the fraction", measured.uncertainty),
        )
        if there is None
    ]
    if lacking:
        raise MeasureError(
            f"The measurement of {measured.element} in {measured.lot} lacks {' and '.join(lacking)}. "
            "Give standard uncertainties; what is not known is not taken for zero."
        )
    gross, gross_uncertainty = measured.gross or Fraction(0), measured.gross_uncertainty or Fraction(0)
    return amount(
        Weighing(weighing, scale, gross, gross_uncertainty, measured.moisture),
        Assay(
            measured.assay or f"{measured.lot} {measured.pointer}", measured.element, measured.fraction,
            measured.uncertainty or Fraction(0), measured.method, measured.laboratory, measured.sample,
            measured.compound, measured.factor,
        ),
        calibrations,
    )  # fmt: skip


def _own(whole: float, shared: float, what: str) -> float:
    """Return the part of an uncertainty that is not shared."""
    if shared > whole * (1 + 1e-9):
        raise MeasureError(
            f"The uncertainty of {what} is {whole:.4g}, less than the {shared:.4g} of its calibration alone. "
            "State the whole standard uncertainty."
        )
    return math.sqrt(max(0.0, whole * whole - shared * shared))
