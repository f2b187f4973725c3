"""Figures that rules say: of the policies of a plan, and of the capacity of a block that a scheme awards.

A policy or a block that names a scheme has its figures from the rules of that scheme, and the pack's tables may not say
them beside it; a scenario or an overlay may, for one question. Rules become rows like those of a table, so that they
are read, checked and told as every figure is, with the source and the standing of each rule.

- A capital subsidy pays its share. Most for a tonne a year is what the steps allow the largest award, and that, the
  total and the tonnes hold for the whole plant: they go to the first capital subsidy of the scheme in the table.
- An output incentive pays its ceiling, as nothing is awarded yet.
- A duty names its rule where several say a share.
- A scheme with a clock runs from the year in which its block is awarded (``block.NAME.award_year``): a subsidy from
  there to the end, an incentive too where sales while building earn, else once that is over. Others run by the days of
  their rules.

Money is nominal in a scheme; here it is money of the year in which its rule begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chumbak.pack.changes import by_key
from chumbak.pack.entries import Entry, Window, build_entry
from chumbak.pack.faults import Faults, PackError
from chumbak.pack.figures import SIDES, read_figure
from chumbak.pack.files import Row
from chumbak.pack.pack import Pack
from chumbak.pack.schema import CONFIDENCES, FIGURE_COLUMNS, attributes
from chumbak.pack.schemes import SchemeFile, read_scheme
from chumbak.pack.tables import Nouns

KG = 1000.0  # in a tonne
AWARD_YEAR = "block_award"
BY_RULES = (
    "policy_share", "policy_per_tonne", "policy_sales_share", "policy_cap", "policy_total", "policy_quantity",
    "policy_first", "policy_last",
)  # fmt: skip
# How far a number of a rule is trusted, by its standing.
TRUST = {"stated": "high", "second-hand": "low", "inferred": "low", "unknown": "estimate"}
NOBODY = "Default of the pack"  # the source of a rule that is unknown
Sides = np.ndarray  # value, low, high


class _RefusedError(Exception):
    """Rules of which no figure can be made: (rule or none, what is wrong, how to mend it)."""


@dataclass
class _Said:
    """A number of some rules: its three sides, its unit, the rules that say it, and other figures it rests on."""

    sides: Sides
    unit: str
    rules: list[str]
    also: str = ""
    period: str = "all"
    then: str = ""


@dataclass
class _Rules:
    """The rules of one scheme, and those that were looked at since the last ``said``."""

    file: SchemeFile
    used: list[str] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return any(name in rule["values"] for rule in self.file.rows)

    def value(self, name: str, of: str = "") -> Any:
        """Return what a rule says. Raises ``_RefusedError`` if none does, or several do."""
        found = [rule for rule in self.file.rows if name in rule["values"] and of in ("", rule["id"])]
        if len(found) != 1:
            ids = ", ".join(rule["id"] for rule in found)
            what = f"several rules of the scheme '{self.file.name}' say '{name}': {ids}" if found else (
                f"no rule of the scheme '{self.file.name}' says '{name}'" if not of else
                f"the scheme '{self.file.name}' has no rule '{of}' that says '{name}'"
            )  # fmt: skip
            mend = "Name one of them in the column 'rule'." if found else "Add it to the scheme, or name another."
            raise _RefusedError("", what, mend)
        self.used += [found[0]["id"]]
        return found[0]["values"][name]

    def look(self, name: str) -> Any:
        """Return what a rule says, None where none does."""
        return self.value(name) if self.has(name) else None

    def sides(self, name: str, of: str = "") -> Sides:
        """Return value, low and high of a number; without a range all are the value."""
        value = float(self.value(name, of))
        low, high = self.rule(self.used[-1])["ranges"].get(name, (value, value))
        return np.array([value, low, high])

    def rule(self, name: str) -> Mapping[str, Any]:
        return next(rule for rule in self.file.rows if rule["id"] == name)

    def said(self, sides: Sides, unit: str, also: str = "", period: str = "all", then: str = "") -> _Said:
        """Return a number with the rules that were looked at for it, and begin anew."""
        rules, self.used = list(dict.fromkeys(self.used)), []
        return _Said(sides, unit, rules, also, period, then)

    def check(self, name: str) -> None:
        """Raise ``_RefusedError`` where support is not paid after commissioning, as a plan takes it to be."""
        if self.has(name) and not self.value(name):
            raise _RefusedError(self.used[-1], f"'{name}' is false", "A plan can pay only after commissioning.")


@dataclass(frozen=True)
class RuleBook:
    """The schemes that policies and blocks of a pack name, read once."""

    pack: Pack
    schemes: Mapping[str, SchemeFile]

    def figures(self, entries: Mapping[str, Entry], window: Window, faults: Faults) -> dict[str, Entry]:
        """Return what the rules say, by key; ``entries`` has the years of award. Notes what cannot be compiled."""
        readings = [read_figure(row, self.pack.nouns, faults) for row in self._rows(entries, window, faults)]
        found = {}
        for key, rows in by_key(readings).items():
            entry = build_entry(rows[0][0], rows[0][1], [figure for _, _, figure in rows], window, faults)
            if entry is not None:
                found[key] = entry
        return found

    def follow(
        self, compiled: Mapping[str, Entry], before: Mapping[str, Entry], changed: dict[str, Entry], window: Window
    ) -> dict[str, Entry]:
        """Return changed entries in which years that nobody stated follow a year of award that was changed."""
        keys = [key for key, entry in changed.items() if entry.attribute.name == AWARD_YEAR]
        if all(changed[key] is before.get(key) for key in keys):
            return changed
        again = self.figures(changed, window, Faults())
        return {key: again.get(key, entry) if entry is compiled.get(key) else entry for key, entry in changed.items()}

    def refuse_stated(self, entries: Mapping[str, Entry], faults: Faults) -> None:
        """Note every figure of the tables that rules say."""
        for key, entry in entries.items():
            scheme = self._scheme_of(entry)
            if scheme:
                what = f"'{key}' is said by the rules of the scheme '{scheme}'"
                mend = f"Take off the row and mend schemes/{scheme}.yaml; a scenario or an overlay may state another."
                faults.add(entry.figures[0].where, "key", "said-by-rules", what, mend)

    def _scheme_of(self, entry: Entry) -> str:
        tables, indices = self.pack.nouns.tables, entry.indices
        if entry.attribute.name in BY_RULES:
            return tables["policies"].get(indices["policy"], {}).get("scheme", "")
        if entry.attribute.name != "project_capacity":
            return ""
        block = tables["projects"].get(indices["project"], {}).get("block", "")
        return tables["blocks"].get(block, {}).get("scheme", "")

    def _rows(self, entries: Mapping[str, Entry], window: Window, faults: Faults) -> Iterable[Row]:
        nouns, firsts = self.pack.nouns, set()
        for name, cells in nouns.tables["policies"].items():
            file = self.schemes.get(cells["scheme"])
            if file is None:
                continue
            whole = cells["instrument"] != "capital_subsidy" or cells["scheme"] not in firsts
            firsts |= {cells["scheme"]} if cells["instrument"] == "capital_subsidy" else set()
            award = entries.get(f"block.{cells['block']}.award_year")
            try:
                said = _compiled(_Rules(file), cells, award, whole, window)
            except _RefusedError as refused:
                _note(refused, file, nouns.where["policies", name], "scheme", faults)
                continue
            for attribute, ones in said.items():
                for one in ones:
                    yield self._row(attributes()[attribute].key(policy=name), attribute, one, file, award)
        for name, cells in nouns.tables["blocks"].items():
            file = self.schemes.get(cells["scheme"])
            projects = [one for one, row in nouns.tables["projects"].items() if row["block"] == name]
            if file is None or not projects:
                continue
            try:
                if len(projects) > 1:
                    what = (
                        f"the block '{name}' has the projects {', '.join(projects)}, and its scheme says one capacity"
                    )
                    raise _RefusedError("", what, "Leave one project in the block, or its 'scheme' empty.")
                rules = _Rules(file)
                one = rules.said(rules.sides("most_tonnes"), "t/year")
            except _RefusedError as refused:
                _note(refused, file, nouns.where["blocks", name], "scheme", faults)
                continue
            yield self._row(f"project.{projects[0]}.capacity", "project_capacity", one, file, None)

    def _row(self, key: str, attribute: str, said: _Said, file: SchemeFile, award: Entry | None) -> Row:
        """Return a number of rules as a row of a table of figures."""
        rules = [next(rule for rule in file.rows if rule["id"] == name) for name in said.rules]
        trust = [TRUST[rule["standing"]] for rule in rules]
        sources = [rule["source"] for rule in rules]
        notes = [f"{rule['id']} ({rule['standing']}): {rule['title']}" for rule in rules]
        if award is not None and said.also:
            trust += [figure.confidence for figure in award.figures]
            sources += [figure.source for figure in award.figures]
            notes += [said.also]
        priced = "money" in attributes()[attribute].unit
        began = next((rule["first"].year for rule in rules if rule["first"]), self.pack.price_year)
        if priced:
            notes.append(f"nominal in the scheme, here taken as money of {began}: no inflation is taken off")
        value, low, high = (repr(float(side)).removesuffix(".0") for side in said.sides)
        cells = {
            "key": key, "period": said.period, "value": value, "low": low, "high": high,
            "unit": said.unit.replace("money", file.currency), "basis": attributes()[attribute].basis,
            "then": said.then, "currency": file.currency if priced else "", "price_year": str(began) if priced else "",
            "place": self.pack.place, "source": "; ".join(filter(None, dict.fromkeys(sources))) or NOBODY,
            "confidence": max(trust, key=CONFIDENCES.index), "note": f"rules of {file.shown}: {'; '.join(notes)}",
        }  # fmt: skip
        if low == high:
            cells |= {"low": "", "high": ""}
        return Row(file.where[said.rules[0]], {column: cells[column] for column in FIGURE_COLUMNS})


def schemes_named(nouns: Nouns) -> dict[str, tuple[str, int]]:
    """Return the schemes that policies and blocks name, with the file and row of the first that does."""
    found: dict[str, tuple[str, int]] = {}
    for table in ("policies", "blocks"):
        for name, cells in nouns.tables[table].items():
            if cells["scheme"]:
                found.setdefault(cells["scheme"], nouns.where[table, name])
    return found


def read_rule_book(pack: Pack, faults: Faults) -> RuleBook:
    """Return the schemes that the policies and blocks of a pack name; notes every fault of them."""
    found: dict[str, SchemeFile] = {}
    for name, where in schemes_named(pack.nouns).items():
        try:
            found[name] = read_scheme(pack, name)
        except PackError as error:
            for fault in error.faults:
                is_there = fault.file.endswith(".yaml")
                place, column = ((fault.file, fault.row), fault.column) if is_there else (where, "scheme")
                faults.add(place, column, fault.kind, fault.what, fault.mend)
    return RuleBook(pack, found)


def _note(refused: _RefusedError, file: SchemeFile, where: tuple[str, int], column: str, faults: Faults) -> None:
    rule, what, mend = refused.args
    faults.add(file.where[rule] if rule else where, "" if rule else column, "no-figure-of-rules", what, mend)


Said = dict[str, list[_Said]]


def _compiled(rules: _Rules, cells: Mapping[str, str], award: Entry | None, whole: bool, window: Window) -> Said:
    """Return the figures of a policy, by attribute. Raises ``_RefusedError``."""
    instrument = cells["instrument"]
    if instrument not in _MAKERS:
        what = f"no rule of a scheme is of the instrument '{instrument}'"
        raise _RefusedError("", what, "Leave 'scheme' empty, and give its figures in a table.")
    if cells["rule"] and instrument != "duty":
        raise _RefusedError("", "only a duty names its rule", "Leave 'rule' empty.")
    return _MAKERS[instrument](rules, cells, award, whole, window)


def _capital(rules: _Rules, cells: Mapping[str, str], award: Entry | None, whole: bool, window: Window) -> Said:
    share = rules.sides("capital_share")
    rules.check("capital_after_commissioning")
    found = {"policy_share": [rules.said(share, "1")]}
    if whole and rules.has("capital_caps"):
        caps, largest = rules.value("capital_caps"), rules.sides("largest")
        most = next((value for end, value in caps if end >= largest[0]), None)
        if most is None:
            what = f"no ceiling of the capital subsidy is given at {largest[0]:,.0f} t/year, the largest award"
            raise _RefusedError(rules.used[0], what, "Add a step.")
        found["policy_cap"] = [rules.said(np.full(3, most / largest[0]), "money*year/t")]
        found["policy_quantity"] = [rules.said(rules.sides("most_tonnes"), "t/year")]
    if whole and rules.has("outlay_capital"):
        found["policy_total"] = [rules.said(rules.sides("outlay_capital"), "money")]
    return found | _years(rules, "capital_share", "", cells, award)


def _incentive(rules: _Rules, cells: Mapping[str, str], award: Entry | None, whole: bool, window: Window) -> Said:
    ceiling = rules.sides("ceiling")
    rules.check("paid_after_commissioning")
    rules.look("paid")  # the bid, so that until bids are known it is the ceiling
    found = {"policy_per_tonne": [rules.said(ceiling * KG, "money/t")]}
    if rules.has("sales_share"):
        share = rules.sides("sales_share")
        rules.look("sales_share_over")
        found["policy_sales_share"] = [rules.said(share, "1")]
    sums = []
    if rules.has("outlay_incentive"):
        sums += [rules.sides("outlay_incentive")]
    if rules.has("total_per_t") and rules.has("most_tonnes"):
        sums += [rules.sides("total_per_t") * rules.sides("most_tonnes")]
    if sums:
        found["policy_total"] = [rules.said(np.min(sums, axis=0), "money")]
    if rules.has("most_tonnes"):
        most = rules.sides("most_tonnes")
        if not rules.look("above_award"):
            found["policy_quantity"] = [rules.said(most, "t/year")]
        rules.used = []
    return found | _years(rules, "ceiling", "", cells, award)


def _duty(rules: _Rules, cells: Mapping[str, str], award: Entry | None, whole: bool, window: Window) -> Said:
    share = rules.said(rules.sides("share", cells["rule"]), "1")
    rule = rules.rule(share.rules[0])
    before, first = rule["values"].get("share_before"), rule["first"]
    if before is None or first is None or first.year <= window.first:
        return {"policy_share": [share]} | _years(rules, "share", share.rules[0], cells, award)
    earlier = _Said(np.full(3, float(before)), "1", share.rules, "", str(window.first), "hold")
    share.period, share.then = str(first.year), "hold"
    found: Said = {"policy_share": [earlier, share]}
    if rule["last"]:
        found["policy_last"] = [_Said(np.full(3, float(rule["last"].year)), "year", share.rules)]
    return found


_MAKERS: Mapping[str, Callable[..., Said]] = {
    "capital_subsidy": _capital, "output_incentive": _incentive, "duty": _duty,
}  # fmt: skip


def _years(rules: _Rules, value: str, of: str, cells: Mapping[str, str], award: Entry | None) -> Said:
    """Return the first and last year: from the award where there is a clock, else by the days of the rule of a value.

    An incentive of which sales while building earn nothing begins once a plant is built.
    """
    if of or not rules.has("build_years"):
        rules.value(value, of)
        said = rules.said(np.zeros(3), "year").rules
        days = {"policy_first": rules.rule(said[0])["first"], "policy_last": rules.rule(said[0])["last"]}
        return {name: [_Said(np.full(3, float(day.year)), "year", said)] for name, day in days.items() if day}
    if award is None:
        what = f"the scheme '{rules.file.name}' runs from its award, and the pack does not say when that is"
        mend = f"Add the figure block.{cells['block']}.award_year." if cells["block"] else "Name the policy's block."
        raise _RefusedError("", what, mend)
    begins = np.array([float(getattr(award, side)) for side in SIDES])
    also = f"counted from {award.key}"
    # As scheme finance counts: year 0 is the award's, so that of n years the last is n - 1 after it.
    last = rules.said(begins + np.round(rules.sides("build_years") + rules.sides("incentive_years")) - 1, "year", also)
    build = np.round(rules.sides("build_years"))
    if cells["instrument"] != "output_incentive" or rules.look("early_sales"):
        build = np.zeros(3)
    return {"policy_first": [rules.said(begins + build, "year", also)], "policy_last": [last]}
