"""Good enough: grades, curves, working points, blends and control of rare-earth magnets. Knows no pack.

Fields are in kA/m, negative where they oppose the magnet; polarisation J and flux density B in T; energy products in
kJ/m3; temperatures in degrees Celsius; fractions of mass unless a name says otherwise. What is named here is what to
use from Python; each name loads its module when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chumbak.magnet.blend import Blend, best_blend, largest_recycled, spread
    from chumbak.magnet.blend_case import BlendCase, Limit, Lot, limits_of, read_blend, read_lots
    from chumbak.magnet.capability import Capability, capability_of
    from chumbak.magnet.certificate import certify
    from chumbak.magnet.chart import Control, constants, control
    from chumbak.magnet.classify import Class, Measured, classify_magnet
    from chumbak.magnet.composition import Fit, Prediction, Sample, fit, predict, read_samples
    from chumbak.magnet.curve import Magnet, State, br_for_energy_product, energy_product_limit, knee_of_squareness
    from chumbak.magnet.grades import Grade, find_grade, known_grades, read_grades
    from chumbak.magnet.loop import Loop, analyse
    from chumbak.magnet.loop_file import read_and_analyse
    from chumbak.magnet.magpylib_check import factor_by_magpylib
    from chumbak.magnet.remade import remade_hcj
    from chumbak.magnet.shape import Load, load_of_permeance, load_of_shape
    from chumbak.magnet.units import MagnetError, quantity
    from chumbak.magnet.working import expose, hcj_needed, hottest, working_point

_FROM = {
    "blend": ("Blend", "best_blend", "largest_recycled", "spread"),
    "blend_case": ("BlendCase", "Limit", "Lot", "limits_of", "read_blend", "read_lots"),
    "capability": ("Capability", "capability_of"),
    "certificate": ("certify",),
    "chart": ("Control", "constants", "control"),
    "classify": ("Class", "Measured", "classify_magnet"),
    "composition": ("Fit", "Prediction", "Sample", "fit", "predict", "read_samples"),
    "curve": ("Magnet", "State", "br_for_energy_product", "energy_product_limit", "knee_of_squareness"),
    "grades": ("Grade", "find_grade", "known_grades", "read_grades"),
    "loop": ("Loop", "analyse"),
    "loop_file": ("read_and_analyse",),
    "magpylib_check": ("factor_by_magpylib",),
    "remade": ("remade_hcj",),
    "shape": ("Load", "load_of_permeance", "load_of_shape"),
    "units": ("MagnetError", "quantity"),
    "working": ("expose", "hcj_needed", "hottest", "working_point"),
}
_MODULE = {name: module for module, names in _FROM.items() for name in names}

__all__ = [
    "Blend", "BlendCase", "Capability", "Class", "Control", "Fit", "Grade", "Limit", "Load", "Loop", "Lot", "Magnet",
    "MagnetError", "Measured", "Prediction", "Sample", "State", "analyse", "best_blend", "br_for_energy_product",
    "capability_of", "certify", "classify_magnet", "constants", "control", "energy_product_limit", "expose",
    "factor_by_magpylib", "find_grade", "fit", "hcj_needed", "hottest", "knee_of_squareness", "known_grades",
    "largest_recycled", "limits_of", "load_of_permeance", "load_of_shape", "predict", "quantity", "read_and_analyse",
    "read_blend", "read_grades", "read_lots", "read_samples", "remade_hcj", "spread", "working_point",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'chumbak.magnet' has no attribute '{name}'")
    return getattr(import_module(f"chumbak.magnet.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
