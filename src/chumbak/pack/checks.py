"""Checks across the entries of a pack: what is required is there, shares sum to one, fractions to at most one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product as combinations

import numpy as np

from chumbak.pack.entries import Entry, Window
from chumbak.pack.faults import Faults, did_you_mean
from chumbak.pack.schema import PLACEHOLDERS, Attribute, attributes
from chumbak.pack.tables import Nouns

SUM_TOLERANCE = 1e-6


def check_entries(
    entries: Mapping[str, Entry], nouns: Nouns, window: Window, broken: set[str], faults: Faults
) -> None:
    """Note everything that is wrong with the entries taken together.

    ``broken`` are keys whose rows could not be read: nothing is said again of them and their splits.
    """
    for key in missing_keys(entries, nouns):
        if key in broken or _stem(key) in {_stem(other) for other in broken}:
            continue
        what = f"the figure '{key}' is missing"
        faults.add(("tables", 0), "key", "missing-figure", what, "Add a row for it; nothing is filled in.")
    for attribute in attributes().values():
        of_attribute = [entry for entry in entries.values() if entry.attribute is attribute]
        _check_bounds(attribute, of_attribute, faults)
        if attribute.sums_over:
            _check_sums(attribute, of_attribute, window, broken, faults)
    _check_contents(entries, nouns, window, faults)
    _check_parts(entries, nouns, faults)


def missing_keys(entries: Mapping[str, Entry], nouns: Nouns) -> Iterator[str]:
    """Return every required key that no entry has; a group of shares needs at least one member."""
    for attribute in attributes().values():
        if not attribute.required:
            continue
        loose = attribute.placeholders[-1] if attribute.sparse else None
        fixed = [name for name in attribute.placeholders if name != loose]
        for names in combinations(*(nouns.ids(PLACEHOLDERS[name]) for name in fixed)):
            indices = dict(zip(fixed, names, strict=True))
            if loose is None:
                found = attribute.key(**indices) in entries
            else:
                members = nouns.ids(PLACEHOLDERS[loose])
                found = any(attribute.key(**indices, **{loose: member}) in entries for member in members)
            if not found:
                yield attribute.key(**indices, **({loose: "..."} if loose else {}))


def _check_bounds(attribute: Attribute, entries: list[Entry], faults: Faults) -> None:
    """Rows are checked when read; this holds after scenario and overlay."""
    for entry in entries:
        low, high = float(np.min(entry.low)), float(np.max(entry.high))
        for number, bound, word in ((low, attribute.minimum, "below"), (high, attribute.maximum, "above")):
            if bound is not None and (number < bound - 1e-9 if word == "below" else number > bound + 1e-9):
                what = f"'{entry.key}' reaches {number:g}, {word} {bound:g}"
                mend = "Mend the last change to it."
                faults.add(entry.figures[-1].where, "value", f"{word}-bound", what, mend)


def _stem(key: str) -> str:
    return key.rpartition(".")[0] if key.count(".") > 2 or key.startswith("spread.") else key


def _check_sums(
    attribute: Attribute, entries: list[Entry], window: Window, broken: set[str], faults: Faults
) -> None:
    groups: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    fixed = [name for name in attribute.placeholders if name != attribute.sums_over]
    for entry in entries:
        groups[tuple(entry.indices[name] for name in fixed)].append(entry)
    broken_stems = {_stem(key) for key in broken}
    for names, members in groups.items():
        if _stem(members[0].key) in broken_stems:
            continue
        total = np.sum([member.at(window.years) for member in members], axis=0)
        wrong = np.flatnonzero(np.abs(total - 1) > SUM_TOLERANCE)
        if wrong.size:
            year = "" if all(member.years is None for member in members) else f" in {window.years[wrong[0]]}"
            shown = attribute.key(**dict(zip(fixed, names, strict=True)), **{attribute.sums_over: "*"})
            what = f"the shares '{shown}' sum to {total[wrong[0]]:.6g}{year}, not to 1"
            mend = f"Mend one of: {', '.join(member.indices[attribute.sums_over] for member in members)}."
            faults.add(members[0].figures[-1].where, "value", "shares-do-not-sum", what, mend)


def _check_contents(entries: Mapping[str, Entry], nouns: Nouns, window: Window, faults: Faults) -> None:
    by_grade: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries.values():
        if entry.attribute.name == "content":
            by_grade[entry.indices["grade"]].append(entry)
    for grade, members in by_grade.items():
        balance = nouns.cell("grades", grade, "balance")
        for member in members:
            if member.indices["element"] == balance:
                what = f"{balance} is the balance element of grade '{grade}' and takes what the others leave"
                faults.add(member.figures[0].where, "key", "balance-given", what, "Take off this row.")
        total = np.sum([member.at(window.years) for member in members], axis=0)
        if np.max(total) > 1 + SUM_TOLERANCE:
            what = f"the elements of grade '{grade}' sum to {np.max(total):.4g} in {window.years[np.argmax(total)]}"
            faults.add(members[0].figures[-1].where, "value", "fractions-over-one", what,
                       "Mass fractions cannot pass 1: check units (wt%).")  # fmt: skip


def _check_parts(entries: Mapping[str, Entry], nouns: Nouns, faults: Faults) -> None:
    known = {entry.indices["item"] for entry in entries.values() if entry.attribute.name == "item_content"}
    for item in nouns.ids("items"):
        if item not in known:
            what = f"the part '{item}' has no contents"
            faults.add(("tables", 0), "key", "part-without-content", what,
                       f"Add rows item.{item}.content.<metal>. {did_you_mean(item, sorted(known))}")  # fmt: skip
