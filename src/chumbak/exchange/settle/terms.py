"""The terms of a contract: shares, limits, fees and times, as data that whoever runs the exchange owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from chumbak.exchange.desk import Settings
from chumbak.yaml_text import parsed, text_of

SAMPLE = Path(__file__).parent / "terms.yaml"
STEPS = ("fund", "send", "arrive", "assay", "referee", "accept", "answer", "decide")
_SHARES = ("escrow share", "advance share", "weight tolerance", "lot shortfall free", "load tolerance",
           "scale uncertainty", "splitting limit")  # fmt: skip
_SINCE = {"load tolerance": "0.2", "scale uncertainty": "0.005"}  # of terms written before these were in them
_ESCROW = "escrow share"  # the one that may be above 1: a load may weigh more than what was sold
_PENALTY = ("free", "step", "share", "at most")
_MOST_HOURS = 24 * 366


class TermsError(ValueError):
    """Terms that cannot be used; the message tells every fault."""


@dataclass(frozen=True)
class Terms:
    """Terms, as ``terms.yaml`` explains them. ``text`` is what a contract keeps."""

    title: str
    standing: str
    escrow_share: Fraction
    advance_share: Fraction
    weight_tolerance: Fraction
    shortfall_free: Fraction
    load_tolerance: Fraction
    scale_uncertainty: Fraction
    splitting_limit: Fraction
    referee_fee: int
    penalty_free: Fraction
    penalty_step: Fraction
    penalty_share: Fraction
    penalty_most: Fraction
    hours: Mapping[str, int]
    text: str


def terms_of(settings: Settings) -> Terms:
    """Return the terms that hold now. Raises ``TermsError``."""
    path = settings.file(SAMPLE)
    return read_terms(text_of(path, TermsError), path.name)


@lru_cache(maxsize=32)
def read_terms(text: str, where: str = "terms", kept: bool = False) -> Terms:
    """Return the terms of a YAML text; those ``kept`` by a contract count as they did when it was made.

    Raises ``TermsError`` with every fault.
    """
    said = yaml.safe_load(text) if kept else parsed(text, where, TermsError)
    if not isinstance(said, dict):
        raise TermsError(f"{where} is empty, or is no mapping.")
    said = _SINCE | said
    most, least = (2, 0) if kept else (1, 1)  # a share of more than all and a time of no hours were taken once
    faults: list[str] = []
    known = {"title", "standing", "referee fee paise", "penalty", "hours", *_SHARES}
    faults += [f"{where}: '{name}' is not known; use {', '.join(sorted(known))}." for name in said if name not in known]
    shares = {name: _share(said, name, where, 2 if name == _ESCROW else most, faults) for name in _SHARES}
    penalty = {name: _share(_within(said, "penalty"), name, f"{where}: penalty", most, faults) for name in _PENALTY}
    hours = {
        name: _whole(_within(said, "hours"), name, f"{where}: hours", least, _MOST_HOURS, faults) for name in STEPS
    }
    fee = _whole(said, "referee fee paise", where, 0, 10**9, faults)
    if penalty["step"] == 0:
        faults.append(f"{where}: penalty: 'step' is 0; a step of shortfall is a share above 0.")
    if shares["advance share"] > shares["escrow share"]:
        faults.append(f"{where}: the advance is more than what the buyer lays down.")
    if shares[_ESCROW] > 1 + shares["load tolerance"] and not kept:
        faults.append(f"{where}: 'escrow share' is '{said[_ESCROW]}'; it is at most 1 and the load tolerance together.")
    if shares["weight tolerance"] > shares["load tolerance"] and not kept:
        faults.append(f"{where}: the weight tolerance is more than the load tolerance, beyond which a person looks.")
    if faults:
        raise TermsError("\n".join(faults))
    return Terms(
        str(said.get("title", "")), str(said.get("standing", "")), shares["escrow share"], shares["advance share"],
        shares["weight tolerance"], shares["lot shortfall free"], shares["load tolerance"],
        shares["scale uncertainty"], shares["splitting limit"], fee, penalty["free"], penalty["step"],
        penalty["share"], penalty["at most"], hours, text,
    )  # fmt: skip


def _within(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _share(said: Mapping[str, Any], name: str, where: str, most: int, faults: list[str]) -> Fraction:
    try:
        value = said.get(name)
        found = Fraction(value) if isinstance(value, str) else None
    except (ValueError, ZeroDivisionError):
        found = None
    if found is None or not 0 <= found <= most:
        faults.append(
            f"{where}: '{name}' is {said.get(name)!r}; write a share from 0 to {most} as text, as in \"0.8\"."
        )
        return Fraction(0)
    return found


def _whole(said: Mapping[str, Any], name: str, where: str, least: int, most: int, faults: list[str]) -> int:
    value = said.get(name)
    if type(value) is not int or not least <= value <= most:
        faults.append(f"{where}: '{name}' is {value!r}; write a whole number from {least} to {most}.")
        return 0
    return value
