"""What an event says about elements, typed: the form between reading (``content``) and posting (``posting``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from chumbak.custody.ledger.origin import Origin

Kind = Literal["appear", "transform", "leave", "observe", "correct"]


class Take(NamedTuple):
    """What is taken of one lot: micrograms by element, or an exact share of what it holds, or (neither) all of it."""

    lot: str
    pointer: str
    amounts: Mapping[str, int] | None = None
    share: Fraction | None = None


class Content(NamedTuple):
    """What one lot holds.

    ``amounts`` are micrograms of contained element; None where none are stated: all that went in (one output and no
    losses). ``origins`` are exact shares that sum to one, or None where the event says none. ``waste`` marks waste of a
    factory.
    """

    lot: str
    pointer: str
    amounts: Mapping[str, int] | None = None
    origins: tuple[tuple[Fraction, Origin], ...] | None = None
    waste: bool = False


class Loss(NamedTuple):
    """What is lost: a kind (slag, tails, fines, effluent, swarf ...) and micrograms by element."""

    kind: str
    pointer: str
    amounts: Mapping[str, int]


class Step(NamedTuple):
    """A step of making that was done here: one of ``origin.STEPS``, its country, and of which elements (None: all)."""

    step: str
    country: str
    elements: frozenset[str] | None = None


class Measurement(NamedTuple):
    """One element of one assay.

    ``fraction`` and its standard ``uncertainty`` are of ``compound`` (an element or an oxide) in the dry mass, kg/kg;
    ``factor`` turns the compound into the element. ``gross`` and its standard uncertainty are micrograms, ``moisture``
    is a share of the gross mass. ``amount`` is the element in micrograms, None where no mass was given.
    """

    lot: str
    element: str
    compound: str
    fraction: Fraction
    uncertainty: Fraction | None
    factor: Fraction
    gross: Fraction | None
    gross_uncertainty: Fraction | None
    moisture: Fraction
    amount: int | None
    assay: str = ""
    method: str = ""
    laboratory: str = ""
    sample: str = ""
    masses: str = ""
    pointer: str = ""


@dataclass(slots=True)  # not frozen: that would take longer to make than to read what it says
class Statement:
    """What one event says.

    ``lots`` are all lots whose holdings ``post`` has to be given. ``contents`` of a transformation are of all its
    outputs, stated or not. ``party`` is the account that material comes from or goes to: outside, or a loss for lots
    that are destroyed. ``explicit`` says that the event has fields of the extension, under ``prefix``.
    """

    kind: Kind
    lots: tuple[str, ...] = ()
    takes: tuple[Take, ...] = ()
    contents: tuple[Content, ...] = ()
    losses: tuple[Loss, ...] = ()
    area: str = "unstated"
    party: str = "outside:unstated"
    step: Step | None = None
    adjust: bool = False
    explicit: bool = False
    prefix: str = "rem:"
    measurements: tuple[Measurement, ...] = ()
