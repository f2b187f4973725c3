"""Asking what a scheme does: who is awarded what of a table of bids, and which rules there are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chumbak.answer.scheme_document import award_of, rules_document
from chumbak.pack import Pack, load
from chumbak.pack.schemes import list_schemes
from chumbak.report.mistakes import MistakeError
from chumbak.report.scheme_terminal import show_award, show_rules
from chumbak.scheme.rules import SchemeError


def ask_award(name: str, bids: Path, scheme: str | None, switches: Sequence[str], seed: int, as_json: bool) -> None:
    """Print who is awarded what; or as JSON. Raises ``PackError`` with every fault of the bids."""
    pack = _pack(name)
    with _plainly():
        found = award_of(pack, scheme, bids, switches, seed)
    if as_json:
        _print(found)
    else:
        show_award(found["scheme"], pack, str(bids))


def ask_rules(name: str, scheme: str | None, as_json: bool) -> None:
    """Print every rule of one scheme of a pack, or of all; or as JSON."""
    pack = _pack(name)
    found = rules_document(pack, [scheme] if scheme else list_schemes(pack))
    if as_json:
        _print(found)
    else:
        show_rules(found["schemes"], pack)


def _pack(name: str) -> Pack:
    """Return a pack that has schemes."""
    pack = load(name)
    if not list_schemes(pack):
        raise MistakeError(f"The pack '{pack.name}' has no schemes. See docs/packs.md on how to write one.")
    return pack


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn what a scheme refuses into a mistake of the user's."""
    try:
        yield
    except SchemeError as error:
        raise MistakeError(str(error)) from None


def _print(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
