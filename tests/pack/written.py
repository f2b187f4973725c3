"""What tests of written documents share: a text with one thing changed, its lines, faults that read well."""

from __future__ import annotations

from chumbak.pack import Fault


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def line(text: str, start: str) -> int:
    return next(number for number, one in enumerate(text.splitlines(), 1) if one.strip().startswith(start))


def reads_well(fault: Fault) -> bool:
    return not fault.what.endswith(".") and fault.mend[0].isupper() and fault.mend[-1] in ".?:"
