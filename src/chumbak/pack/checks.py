"""Checks across the entries of a pack: what is required is there, shares sum to one, fractions to at most one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import product as combinations
from math import prod

import numpy as np

from chumbak.pack.entries import Entry, Window
from chumbak.pack.faults import Faults
from chumbak.pack.figures import Figure, pattern_mend
from chumbak.pack.schema import CLAIMED, PLACEHOLDERS, Attribute, attributes, find_attribute
from chumbak.pack.tables import Nouns

SUM_TOLERANCE = 1e-6
MOST_NUMBERS = 10_000_000  # in the array of one attribute, over all its nouns and years
Group = tuple[str, tuple[str, ...]]  # attribute and the nouns that its members share


def check_entries(
    entries: Mapping[str, Entry], before: Mapping[str, Entry], nouns: Nouns, window: Window, faults: Faults
) -> None:
    """Note everything that is wrong with the entries taken together.

    ``before`` is the entries without scenario and overlays: a fault is shown at the change that made it.
    Nothing is said of what could not be read, nor of the groups it belongs to.
    """
    _check_size(entries, nouns, window, faults)
    changed = {key for key, entry in entries.items() if entry is not before.get(key)}
    lost = {_group(*found) for found in map(find_attribute, faults.lost_keys) if found is not None}
    if "figures" not in faults.lost_tables:
        lost |= _check_missing(entries, nouns, lost, faults)
        _check_parts(entries, nouns, faults)
        _check_draw_groups(nouns, entries, faults)
    _check_best(entries, changed, faults)
    groups: dict[Group, list[Entry]] = defaultdict(list)
    for entry in entries.values():
        groups[_group(entry.attribute, entry.indices)].append(entry)
    for group, members in groups.items():
        attribute = members[0].attribute
        named = next((member for member in members if member.key in changed), members[0])
        if attribute.sums_over and group not in lost and "figures" not in faults.lost_tables:
            _check_sum(attribute, members, named, window, faults)
        if attribute.name == "content":
            _check_content(members, named, nouns, window, faults)


def _check_size(entries: Mapping[str, Entry], nouns: Nouns, window: Window, faults: Faults) -> None:
    """Note an attribute whose array, over every row of the tables its key names, would not fit into memory."""
    for attribute in attributes().values():
        years = window.years if attribute.kind == "series" else np.zeros(1)
        if attribute.kind == "observed":
            seen = [one.years for one in entries.values() if one.attribute is attribute and one.years is not None]
            years = np.concatenate([years[:0], *seen])
        span = int(np.ptp(years)) + 1 if years.size else 1
        counts = [len(nouns.ids(PLACEHOLDERS[noun])) for noun in attribute.placeholders if noun in PLACEHOLDERS]
        if prod(counts) * span > MOST_NUMBERS:
            what = f"'{attribute.pattern}' would be {prod(counts) * span:,} numbers, of all nouns and years together"
            mend = f"At most {MOST_NUMBERS:,} are worked on: take rows off the tables of nouns, or split the pack."
            faults.add(("datapackage.json", 0), "resources", "too-large", what, mend)


def _group(attribute: Attribute, indices: Mapping[str, str]) -> Group:
    """Return the group of shares or fractions an entry belongs to; of any other entry, itself."""
    loose = attribute.sums_over or (attribute.placeholders[-1] if attribute.sparse else "")
    return attribute.name, tuple(name for placeholder, name in indices.items() if placeholder != loose)


def _needed(attribute: Attribute, indices: Mapping[str, str]) -> Group:
    """Return what an entry makes up for among what is required: itself or, where the rest may be 0, its group."""
    return _group(attribute, indices) if attribute.sparse else (attribute.name, tuple(indices.values()))


def _check_missing(entries: Mapping[str, Entry], nouns: Nouns, lost: set[Group], faults: Faults) -> set[Group]:
    """Note what is required and not there, and return the groups that lack something."""
    lacking = set()
    present = {_needed(entry.attribute, entry.indices) for entry in entries.values()}
    for attribute, indices in required(nouns):
        if _needed(attribute, indices) in present or _group(attribute, indices) in lost:
            continue
        lacking.add(_group(attribute, indices))
        key = attribute.key(**dict.fromkeys(attribute.placeholders, "*") | indices)
        noun, name = next(iter(indices.items()))
        what = f"the {noun} '{name}' has no figure '{key}'"
        mend = "Add a row for it to a table of figures; nothing is filled in."
        if len(indices) < len(attribute.placeholders):
            mend = f"Add a row for each {attribute.placeholders[-1]}; nothing is filled in."
        faults.add(nouns.where[PLACEHOLDERS[noun], name], "id", "missing-figure", what, mend)
    return lacking


def required(nouns: Nouns) -> Iterator[tuple[Attribute, dict[str, str]]]:
    """Yield every attribute a pack must have with the nouns it must have it for.

    Of a group of shares or fractions, the noun they are split over is left out: one member is enough.
    """
    for attribute in attributes().values():
        if attribute.required:
            fixed = attribute.placeholders[:-1] if attribute.sparse else attribute.placeholders
            for names in combinations(*(_ids(nouns, attribute, name) for name in fixed)):
                yield attribute, dict(zip(fixed, names, strict=True))


def _ids(nouns: Nouns, attribute: Attribute, noun: str) -> list[str]:
    """Return what an attribute is required of; a claim may lack what is needed only to count a project."""
    ids = nouns.ids(PLACEHOLDERS[noun])
    if not attribute.counted:
        return ids
    return [name for name in ids if nouns.cell(PLACEHOLDERS[noun], name, "status") != CLAIMED]


def _column(figure: Figure) -> str:
    return "" if figure.where[0].endswith(".yaml") else "value"  # a scenario's rows have no columns


def _check_sum(attribute: Attribute, members: list[Entry], named: Entry, window: Window, faults: Faults) -> None:
    total = np.sum([member.at(window.years) for member in members], axis=0)
    wrong = np.flatnonzero(np.abs(total - 1) > SUM_TOLERANCE)
    if wrong.size:
        year = "" if all(member.years is None for member in members) else f" in {window.years[wrong[0]]}"
        shown = attribute.key(**{**members[0].indices, attribute.sums_over: "*"})
        what = f"the shares '{shown}' sum to {total[wrong[0]]:.6g}{year}, not to 1"
        names = ", ".join(member.indices[attribute.sums_over] for member in members)
        mend = f"Mend one of: {names}."
        faults.add(named.figures[-1].where, _column(named.figures[-1]), "shares-do-not-sum", what, mend)


def _check_content(members: list[Entry], named: Entry, nouns: Nouns, window: Window, faults: Faults) -> None:
    """Note a balance element that is given, and elements that come to more than the whole."""
    grade = members[0].indices["grade"]
    balance = nouns.cell("grades", grade, "balance")
    for member in members:
        if member.indices["element"] == balance:
            what = f"{balance} is the balance element of grade '{grade}' and takes what the others leave"
            faults.add(member.figures[0].where, "key", "balance-given", what, "Take off this row.")
    others = [member for member in members if member.indices["element"] != balance]
    if not others:
        return
    total = np.sum([member.at(window.years) for member in others], axis=0)
    if np.max(total) > 1 + SUM_TOLERANCE:
        year = window.years[np.argmax(total)]
        what = f"the elements of grade '{grade}' come to {np.max(total):.4g} in {year}"
        mend = "Mass fractions cannot pass 1 together: check their units."
        faults.add(named.figures[-1].where, _column(named.figures[-1]), "fractions-over-one", what, mend)


def _check_best(entries: Mapping[str, Entry], changed: set[str], faults: Faults) -> None:
    """Note a best recovery of a product that is below today's; their ranges may overlap."""
    for best in entries.values():
        if best.attribute.name != "recovery_best":
            continue
        today = entries.get(attributes()["recovery_today"].key(**best.indices))
        if today is None or best.value >= today.value - SUM_TOLERANCE:
            continue
        named = today if today.key in changed and best.key not in changed else best
        what = f"'{best.key}' of {float(best.value):.4g} is below what is recovered today, {float(today.value):.4g}"
        mend = "The best on record is at least today's: mend one of the two."
        faults.add(named.figures[-1].where, _column(named.figures[-1]), "best-below-today", what, mend)


def _check_parts(entries: Mapping[str, Entry], nouns: Nouns, faults: Faults) -> None:
    known = {entry.indices["item"] for entry in entries.values() if entry.attribute.name == "item_content"}
    lost = {key.split(".")[1] for key in faults.lost_keys if key.startswith("item.") and "." in key[5:]}
    for item in nouns.ids("items"):
        if item not in known | lost:
            what, mend = f"the part '{item}' has no contents", f"Add rows item.{item}.content.Cu and the like."
            faults.add(nouns.where["items", item], "id", "part-without-content", what, mend)


def _check_draw_groups(nouns: Nouns, entries: Mapping[str, Entry], faults: Faults) -> None:
    """Note patterns that fit no figure or none that is drawn, and figures that fit two and are drawn by the first."""
    first: dict[str, str] = {}
    keys = [*entries, *(key for key in faults.lost_keys if key not in entries)]
    for name in nouns.ids("draw_groups"):
        pattern, where = nouns.cell("draw_groups", name, "pattern"), nouns.where["draw_groups", name]
        fitting = [key for key in keys if fnmatchcase(key, pattern)]
        if not fitting:
            what = f"the pattern '{pattern}' of draw group '{name}' fits no figure"
            faults.add(where, "pattern", "empty-draw-group", what, pattern_mend(pattern, nouns, entries))
        elif all(_is_observed(key) for key in fitting):
            what = f"the pattern '{pattern}' of draw group '{name}' fits only what was observed, which is not drawn"
            faults.add(where, "pattern", "observed-draw-group", what, "Take off this row.")
        shared = next((key for key in fitting if first.setdefault(key, name) != name), None)
        if shared is not None:
            what = f"'{shared}' fits both draw group '{first[shared]}' and '{name}'"
            faults.add(where, "pattern", "two-draw-groups", what, "Narrow one of the patterns.")


def _is_observed(key: str) -> bool:
    found = find_attribute(key)
    return found is not None and found[0].kind == "observed"
