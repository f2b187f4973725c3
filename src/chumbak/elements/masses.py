"""Atomic masses as exact decimals, in tables that are named and never change, and what a compound holds of an element.

A posting must come out the same in twenty years, so a table once released stays as it is: a revision is a new table
with a new name, and an assay that means another table than ``TABLE`` names it.

Source: Commission on Isotopic Abundances and Atomic Weights (CIAAW, IUPAC), *Standard Atomic Weights 2024*
(T. Prohaska et al., Pure Appl. Chem. 94, 2022, 573-600, doi 10.1515/pac-2019-0603, with the revisions of Gd, Lu and Zr
of 2024). The stated value is taken without its uncertainty; where the standard is an interval (H, Li, B, C, N, O, Mg,
Si, S, Cl, Ar, Br, Tl, Pb) its conventional or abridged value. Read second-hand, in a transcription, and compared with
the tables of the Python package ``periodictable``; the uncertainty of these figures is far below that of any assay.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

TABLE = "CIAAW-2024"  # what an assay that names no table means, for ever

_CIAAW_2024 = """
H 1.008  He 4.002602  Li 6.94  Be 9.0121831  B 10.81  C 12.011  N 14.007  O 15.999  F 18.998403162  Ne 20.1797
Na 22.98976928  Mg 24.305  Al 26.9815384  Si 28.085  P 30.973761998  S 32.06  Cl 35.45  Ar 39.95  K 39.0983  Ca 40.078
Sc 44.955907  Ti 47.867  V 50.9415  Cr 51.9961  Mn 54.938043  Fe 55.845  Co 58.933194  Ni 58.6934  Cu 63.546  Zn 65.38
Ga 69.723  Ge 72.630  As 74.921595  Se 78.971  Br 79.904  Kr 83.798  Rb 85.4678  Sr 87.62  Y 88.905838  Zr 91.222
Nb 92.90637  Mo 95.95  Ru 101.07  Rh 102.90549  Pd 106.42  Ag 107.8682  Cd 112.414  In 114.818  Sn 118.710  Sb 121.760
Te 127.60  I 126.90447  Xe 131.293  Cs 132.90545196  Ba 137.327  La 138.90547  Ce 140.116  Pr 140.90766  Nd 144.242
Sm 150.36  Eu 151.964  Gd 157.249  Tb 158.925354  Dy 162.500  Ho 164.930329  Er 167.259  Tm 168.934219  Yb 173.045
Lu 174.96669  Hf 178.486  Ta 180.94788  W 183.84  Re 186.207  Os 190.23  Ir 192.217  Pt 195.084  Au 196.966570
Hg 200.592  Tl 204.38  Pb 207.2  Bi 208.98040  Th 232.0377  Pa 231.03588  U 238.02891
"""


def _read(text: str) -> dict[str, Decimal]:
    words = text.split()
    return {symbol: Decimal(mass) for symbol, mass in zip(words[::2], words[1::2], strict=True)}


TABLES: dict[str, dict[str, Decimal]] = {TABLE: _read(_CIAAW_2024)}
ELEMENTS = frozenset(TABLES[TABLE])  # those that have a standard atomic weight: what a ledger can hold

# The oxide in which an assay on oxide basis states an element (what assays of rare earths use).
OXIDES: dict[str, str] = {
    "Sc": "Sc2O3", "Y": "Y2O3", "La": "La2O3", "Ce": "CeO2", "Pr": "Pr6O11", "Nd": "Nd2O3", "Sm": "Sm2O3",
    "Eu": "Eu2O3", "Gd": "Gd2O3", "Tb": "Tb4O7", "Dy": "Dy2O3", "Ho": "Ho2O3", "Er": "Er2O3", "Tm": "Tm2O3",
    "Yb": "Yb2O3", "Lu": "Lu2O3", "B": "B2O3", "Al": "Al2O3", "Si": "SiO2", "Fe": "Fe2O3", "Co": "CoO", "Ni": "NiO",
    "Cu": "CuO", "Ga": "Ga2O3", "Zr": "ZrO2", "Nb": "Nb2O5", "Th": "ThO2", "U": "U3O8",
}  # fmt: skip

_PIECE = re.compile(r"([A-Z][a-z]?)(\d{1,4})?|(\()|(\))(\d{1,4})?", re.ASCII)
_LONGEST = 100


def atomic_mass(element: str, table: str = TABLE) -> Fraction:
    """Return the atomic mass of an element, g/mol, exactly as the table states it. Raises ``ValueError``."""
    if table not in TABLES:
        raise ValueError(f"there is no table of atomic masses {table!r}; there is {', '.join(TABLES)}")
    if element not in TABLES[table]:
        raise ValueError(f"{element!r} is no element with a standard atomic weight")
    return Fraction(TABLES[table][element])


@lru_cache(maxsize=1024)
def atoms(formula: str) -> tuple[tuple[str, int], ...]:
    """Count the atoms of a formula (``Nd2(C2O4)3``), by element in alphabetical order. Raises ``ValueError``."""
    if not formula or len(formula) > _LONGEST:
        raise ValueError(f"{formula[:_LONGEST]!r} is no formula")
    levels: list[dict[str, int]] = [{}]
    at = 0
    while at < len(formula):
        piece = _PIECE.match(formula, at)
        if piece is None:
            raise ValueError(f"{formula!r} cannot be read as a formula at {formula[at:]!r}")
        at = piece.end()
        symbol, number, opening, closing, times = piece.groups()
        if symbol:
            if symbol not in ELEMENTS:
                raise ValueError(f"{formula!r} names {symbol!r}, which is no element with a standard atomic weight")
            levels[-1][symbol] = levels[-1].get(symbol, 0) + _count(number, formula)
        elif opening:
            levels.append({})
        elif closing:
            if len(levels) == 1:
                raise ValueError(f"{formula!r} closes a bracket that it did not open")
            inner, factor = levels.pop(), _count(times, formula)
            for name, count in inner.items():
                levels[-1][name] = levels[-1].get(name, 0) + count * factor
    if len(levels) != 1:
        raise ValueError(f"{formula!r} leaves a bracket open")
    return tuple(sorted(levels[0].items()))


def _count(digits: str | None, formula: str) -> int:
    if digits is None:
        return 1
    if digits.startswith("0"):
        raise ValueError(f"{formula!r} counts atoms with {digits!r}; write 1 or more, without leading zeros")
    return int(digits)


@lru_cache(maxsize=4096)
def content_factor(formula: str, element: str, table: str = TABLE) -> Fraction:
    """Return the mass of an element in a unit mass of a compound, exactly (kg/kg). Raises ``ValueError``.

    Nd2O3 holds 2 x 144.242 / (2 x 144.242 + 3 x 15.999) of Nd.
    """
    counts = dict(atoms(formula))
    if element not in counts:
        raise ValueError(f"{formula} holds no {element}")
    whole = sum((atomic_mass(name, table) * count for name, count in counts.items()), Fraction(0))
    return atomic_mass(element, table) * counts[element] / whole


def oxide_of(element: str) -> str:
    """Return the oxide in which an assay states an element. Raises ``ValueError`` if none is customary."""
    if element not in OXIDES:
        raise ValueError(f"no customary oxide of {element!r} is known; name the oxide itself, as in 'Nd2O3'")
    return OXIDES[element]


def metal_of(formula: str) -> str:
    """Return the one element of a formula beside O, H and C. Raises ``ValueError`` if it has more."""
    found = [name for name, _ in atoms(formula) if name not in ("O", "H", "C")]
    if len(found) != 1:
        raise ValueError(f"{formula!r} does not hold exactly one element beside O, H and C")
    return found[0]
