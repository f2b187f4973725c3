"""Asking what may be said of a lot: its recycled share by each model of custody, and what dated rules say of it."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chumbak.custody.claims.attribution import Attribution, AttributionError, Claim
from chumbak.custody.claims.lots import MODELS, ONE_LOT, average, facts_of, give_credit, holding_of, one_lot
from chumbak.custody.claims.rules import RuleError, available, load, load_file
from chumbak.custody.claims.verdict import Subject, Verdict, judge_all
from chumbak.custody.ledger.origin import KINDS
from chumbak.report.ask_custody import opened_store, read_bytes
from chumbak.report.mistakes import MistakeError

MICRO = 1_000_000


def ask_claim(
    lot: str, database: str, model: str, kinds: Sequence[str], site: str | None, months: int, day: str | None,
    element: str | None, grams: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Print what share of a lot comes from waste, by a model of custody. Raises ``MistakeError`` where none can be."""
    model = model.replace("-", " ")
    if model not in MODELS:
        raise MistakeError(f"--model '{model}' is none. Say one of: {', '.join(MODELS)}.")
    wrong = sorted(set(kinds) - set(KINDS))
    if wrong:
        raise MistakeError(f"--kind '{wrong[0]}' is no kind of origin. Say {', '.join(KINDS)}.")
    claim, when = Claim(" and ".join(kinds), frozenset(kinds)), read_day(day)
    if model in ONE_LOT:
        found = _claimed(database, lambda store: one_lot(store, lot, model, claim))
    elif site is None:
        raise MistakeError(f"A {model} is of a site. Say --site, the area of its events (rem:area).")
    elif model == "rolling average":
        found = _claimed(database, lambda store: average(store, site, when, months, claim))
    elif element is None or grams is None:
        raise MistakeError("Credit is given to a lot: say --element and --grams.")
    else:
        amount = _micrograms(grams)
        found = _claimed(
            database, lambda store: give_credit(store, lot, site, element, amount, months, when, claim), write=True
        )
    told = found.document()
    if as_json:
        sys.stdout.write(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        return
    period = told["period"]
    within = f", {period['first']} to {period['last']}" if period else ""
    sys.stdout.write(f"{told['claim']}, by {told['model']} ({told['method']}), of {told['boundary']}{within}\n")
    for name, share in told["percent"].items():
        sys.stdout.write(f"  {name:3} {share:>6} %\n")
    for line in (f"Basis: {told['basis']}.", *told["note"]):
        sys.stdout.write(f"{line}\n")


def ask_judge(
    lot: str,
    database: str,
    rules: Sequence[str],
    day: str | None,
    facts: Path | None,
    given: Sequence[str],
    as_json: bool,
) -> None:
    """Print what every rule of rule packs says of a lot, with its reason. Raises ``MistakeError``."""
    found = verdicts_on(lot, database, rules or available(), read_day(day), read_facts(facts, given))
    if as_json:
        sys.stdout.write(json.dumps([one.document() for one in found], indent=1, ensure_ascii=False) + "\n")
        return
    for one in found:
        since = "not dated" if one.since is None else f"from {one.since}"
        sys.stdout.write(f"{one.result.upper()}  {one.rule} ({since}; {one.standing}): {one.title}\n  {one.reason}\n")
    sys.stdout.write("Nothing here is legal advice.\n")


def verdicts_today(lot: str, database: str, rules: Sequence[str], facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return today's verdicts of rule packs on a lot as plain values; of no packs none. Raises ``MistakeError``."""
    return [one.document() for one in verdicts_on(lot, database, rules, read_day(None), facts)] if rules else []


def verdicts_on(lot: str, database: str, rules: Sequence[str], day: dt.date, facts: dict[str, Any]) -> list[Verdict]:
    """Return the verdicts of rule packs, by name or file, on a lot. Raises ``MistakeError``."""
    try:
        packs = [load(name) if name in available() else load_file(Path(name)) for name in rules]
        with opened_store(database, read_only=True) as store:
            subject = Subject(holding_of(store, lot), facts)
        return [verdict for pack in packs for verdict in judge_all(pack, subject, day)]
    except (RuleError, AttributionError, ValueError) as error:
        raise MistakeError(f"{str(error).rstrip('.')}.") from None


def read_facts(file: Path | None, given: Sequence[str]) -> dict[str, Any]:
    """Return facts from a JSON file (numbers as written) and from ``name=value``. Raises ``MistakeError``."""
    found: dict[str, Any] = {}
    if file is not None:
        try:
            found = json.loads(read_bytes(file), parse_float=str)
        except ValueError as error:
            raise MistakeError(f"'{file}' is no JSON: {error}.") from None
        if not isinstance(found, dict):
            raise MistakeError(f'\'{file}\' holds no facts. Write {{"magnet_type": "NdFeB"}}.')
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise MistakeError(f"--fact '{text}' is none. Write it like magnet_type=NdFeB.")
        found[name.strip()] = value
    return facts_of(found)


def read_day(text: str | None) -> dt.date:
    """Return a day, today where none is said. Raises ``MistakeError``."""
    try:
        return dt.datetime.now(dt.UTC).date() if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise MistakeError(f"--day '{text}' is no day. Write it like 2027-01-01.") from None


def _claimed(database: str, make: Callable[[Any], Attribution], write: bool = False) -> Attribution:
    from chumbak.custody.store.faults import Refused

    with opened_store(database, read_only=not write) as store:
        try:
            return make(store)
        except (AttributionError, Refused) as error:
            raise MistakeError(f"{str(error).rstrip('.')}.") from None


def _micrograms(grams: str) -> int:
    from decimal import Decimal, InvalidOperation

    try:
        found = Decimal(grams) * MICRO
        if found <= 0 or found != int(found):
            raise InvalidOperation
        return int(found)
    except (InvalidOperation, OverflowError, ValueError):
        raise MistakeError(f"--grams '{grams}' is no mass above 0 of whole micrograms. Write it like 12.5.") from None
