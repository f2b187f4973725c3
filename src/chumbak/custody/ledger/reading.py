"""Small readers that the extension's fields share: elements, origins, keys; each keeps a fault with its pointer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from chumbak.custody.finding import Finding
from chumbak.custody.ledger.amounts import integer, ratio
from chumbak.custody.ledger.origin import KINDS, STEPS, UNKNOWN, Origin, origin_of
from chumbak.elements.masses import ELEMENTS

Faults = list[Finding]

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\ud800-\udfff]+", re.ASCII)
_ORIGIN = frozenset({"kind", *STEPS, "evidence"})
_ALL = Fraction(1)
_MOST_EVIDENCE = 16
_LONGEST_EVIDENCE = 1000


def escaped(key: str) -> str:
    """Return a key as it stands in a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def is_uri(text: str) -> bool:
    """Say whether a text is an absolute URI, as far as its form goes."""
    return len(text) <= _LONGEST_EVIDENCE and _URI.fullmatch(text) is not None


def known_keys(entry: Mapping[str, Any], keys: frozenset[str], pointer: str, faults: Faults) -> None:
    """Keep a fault for each key that is not known: a misspelt one would otherwise be passed over."""
    if entry.keys() <= keys:
        return
    for key in entry:
        if key not in keys:
            faults.append(
                Finding(f"{pointer}/{escaped(key)}", f"{key!r} is not known here", f"Use {', '.join(sorted(keys))}")
            )


def read_elements(value: object, pointer: str, faults: Faults) -> dict[str, int] | None:
    """Return micrograms by element, of an object of strings; None and a fault where it is none."""
    if not isinstance(value, dict):
        faults.append(Finding(pointer, "this is no object of elements", 'Write, for instance, {"Nd": "182000000"}'))
        return None
    found: dict[str, int] = {}
    before = len(faults)
    for element, amount in value.items():
        if element not in ELEMENTS:
            faults.append(
                Finding(f"{pointer}/{escaped(element)}", f"{element!r} is no element", "Write a symbol such as Nd")
            )
            continue
        try:
            found[element] = integer(amount)
        except ValueError as error:
            faults.append(Finding(f"{pointer}/{element}", str(error), "Amounts are micrograms of contained element"))
    return found if len(faults) == before else None


def read_origins(entry: Mapping[str, Any], pointer: str, faults: Faults) -> tuple[tuple[Fraction, Origin], ...] | None:
    """Return exact shares and origins of a content that states ``origin`` or ``origins``; None where it states none."""
    if "origin" in entry:
        if "origins" in entry:
            faults.append(Finding(f"{pointer}/origins", "the origin is stated twice", "Give 'origin' or 'origins'"))
        origin = read_origin(entry["origin"], f"{pointer}/origin", faults)
        return None if origin is None else ((_ALL, origin),)
    if "origins" not in entry:
        return None
    listed = entry["origins"]
    if not isinstance(listed, list) or not listed:
        faults.append(
            Finding(f"{pointer}/origins", "this is no list", 'Write a list of {"share": "3/10", "origin": {...}}')
        )
        return None
    found: dict[Origin, Fraction] = {}
    before = len(faults)
    for index, part in enumerate(listed):
        at = f"{pointer}/origins/{index}"
        if not isinstance(part, dict):
            faults.append(Finding(at, "this is no object", 'Write {"share": "3/10", "origin": {...}}'))
            continue
        known_keys(part, frozenset({"share", "origin"}), at, faults)
        origin = read_origin(part.get("origin"), f"{at}/origin", faults)
        try:
            share = ratio(part.get("share"))
        except ValueError as error:
            faults.append(Finding(f"{at}/share", str(error), 'Write an exact share such as "3/10"'))
            continue
        if origin is not None:
            found[origin] = found.get(origin, Fraction(0)) + share
    if len(faults) == before and sum(found.values()) != 1:
        total = sum(found.values())
        faults.append(Finding(f"{pointer}/origins", f"the shares sum to {total} and not to 1", "Write exact shares"))
    return tuple((found[origin], origin) for origin in sorted(found)) if len(faults) == before else None


def read_origin(value: object, pointer: str, faults: Faults) -> Origin | None:
    """Return an origin; a country that is not given is unknown, and a kind has to be given."""
    if not isinstance(value, dict):
        faults.append(Finding(pointer, "this is no origin", 'Write, for instance, {"kind": "post-consumer"}'))
        return None
    before = len(faults)
    known_keys(value, _ORIGIN, pointer, faults)
    if value.get("kind") not in KINDS:
        faults.append(
            Finding(f"{pointer}/kind", f"{value.get('kind')!r} is no kind of origin", f"Use one of {', '.join(KINDS)}")
        )
    evidence = value.get("evidence", [])
    if not isinstance(evidence, list) or len(evidence) > _MOST_EVIDENCE:
        faults.append(Finding(f"{pointer}/evidence", f"this is no list of at most {_MOST_EVIDENCE}", "Write URIs"))
    elif not all(isinstance(uri, str) and is_uri(uri) for uri in evidence):
        faults.append(Finding(f"{pointer}/evidence", "this names something that is no URI", "Write absolute URIs"))
    if len(faults) > before:
        return None
    try:
        return origin_of(value["kind"], {step: str(value.get(step, UNKNOWN)) for step in STEPS}, evidence)
    except ValueError as error:
        faults.append(Finding(pointer, str(error), "Use the code of a country as of today, or 'unknown'"))
        return None
