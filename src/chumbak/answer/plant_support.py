"""A plant's project beside a scheme of the pack: the plant, what the scheme gives it, and what the rules say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chumbak.answer.scheme_document import idle_notes, read_rules, set_by_user
from chumbak.pack import Pack
from chumbak.pack.plant_projects import PlantProjectFile
from chumbak.pack.schemes import list_schemes
from chumbak.scheme.award import Bid, verdicts
from chumbak.scheme.project import PlantProject, project_from
from chumbak.scheme.recycler import Certificates, Metal, recycler
from chumbak.scheme.rules import UNSURE, Rule, Scheme, SchemeError, Value, Verdict
from chumbak.scheme.support import NOTHING, AssuredInput, RecyclingAid, Support, scheme_support
from chumbak.scheme.terms import award_terms, support_terms

NO_SCHEME = "none"
ALL, NONE = "all", "none"
# What a scheme must say to be one for a plant with a product, and one for a recycler.
FOR_PRODUCT, FOR_RECYCLER = ("ceiling", "total_per_t"), ("operating_rate", "total_small", "total_large")
SIZES = ("small", "large")  # of a recycler's firm, the lesser aid first
JUDGED_BY = ("least", "largest", "step", "ceiling", "lead_share", "net_worth", "investment", "technical")
PAID_IN = {"paid_second_year": 2, "paid_fifth_year": 5}  # year of running in which a part is paid


@dataclass(frozen=True)
class PlantCase:
    """A plant, and what it may be given.

    ``cases`` are supports by name, with all that is asked for first and none last; ``told`` is the one that is told
    year by year. ``verdicts`` are of the rules of eligibility, ``uses`` the ids of the rules that were read.
    """

    file: PlantProjectFile
    project: PlantProject
    scheme: Scheme | None
    cases: Mapping[str, Support]
    told: str
    bid: float | None = None
    award: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    uses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def support(self) -> Support:
        """Return the support that is told year by year."""
        return self.cases[self.told]

    @property
    def rests_on(self) -> tuple[Rule, ...]:
        """Return the rules read that are only inferred or unknown."""
        if self.scheme is None:
            return ()
        return tuple(rule for rule in self.scheme.rules if rule.id in self.uses and rule.standing in UNSURE)


@dataclass
class _Told:
    """Values read out of a scheme, with the rules that said them."""

    scheme: Scheme
    uses: list[str] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)

    def number(self, name: str) -> float:
        rule = self.scheme.holder(name)
        said = self._value(rule, name)
        if isinstance(said, bool) or not isinstance(said, float | int):
            raise SchemeError(f"'{rule.id}.{name}' is not a number. Give it one.")
        return float(said)

    def day(self, name: str) -> dt.date | None:
        """Return a day; None where no rule says it."""
        if not any(name in rule.values for rule in self.scheme.rules):
            return None
        return dt.date.fromisoformat(str(self._value(self.scheme.holder(name), name)))

    def flag(self, name: str) -> bool:
        """Say whether a rule says yes; no where none does."""
        if not any(name in rule.values for rule in self.scheme.rules):
            return False
        return self._value(self.scheme.holder(name), name) is True

    def _value(self, rule: Rule, name: str) -> Value:
        self.uses.append(rule.id)
        self.read.append((rule.id, name))
        return rule.values[name]

    def holds(self, name: str, year: int) -> bool:
        """Say whether the rule of a value is in force at the end of a year."""
        return self.scheme.holder(name).in_force(dt.date(year, 12, 31))


def project_of(file: PlantProjectFile) -> PlantProject:
    """Return the plant of a file. Raises ``ProjectError``."""
    plant = project_from(file.plain())
    if not file.is_recycler:
        return plant
    told = file.certificates()
    metals = tuple(Metal(**metal) for metal in file.metals())
    return recycler(plant, metals, None if told is None else Certificates(**told))


def plant_case(
    file: PlantProjectFile, pack: Pack, scheme: str | None = None, bid: float | None = None,
    switches: Sequence[str] = (),
) -> PlantCase:  # fmt: skip
    """Return a plant beside a scheme: the named one, ``NO_SCHEME``, or (None) the only one of the pack that fits.

    ``bid`` (nominal money/kg) takes the place of the file's; ``switches`` are ``name=value``. Raises ``SchemeError``
    for what does not go together, ``ProjectError`` and ``PackError``.
    """
    project, found = project_of(file), _scheme(file, pack, scheme)
    if found is None and (bid is not None or switches):
        raise SchemeError("A bid or a switch needs a scheme, and none is looked at. Name one with --scheme.")
    if found is not None:
        found = set_by_user(found, switches)
    asks = file.asks()
    given = asks.get("assured_price")
    assured = None if given is None else AssuredInput(asks["assured"], given)
    notes = []
    if "assured" in asks and assured is None:
        notes.append(
            f"{asks['assured']:,.0f} t/year of input are assured at the market's price: that changes no money here."
        )
    case = PlantCase(file, project, found, {}, NONE, notes=tuple(notes))
    if file.is_recycler:
        if bid is not None:
            raise SchemeError("A recycler makes no bid: its aid goes by capital and sales. Leave --bid out.")
        return _for_recycler(case, assured)
    return _for_product(case, bid, assured)


def _scheme(file: PlantProjectFile, pack: Pack, name: str | None) -> Scheme | None:
    """Return the scheme that is looked at. Raises ``SchemeError`` where it does not fit, or several do."""
    if name == NO_SCHEME:
        return None
    wanted = FOR_RECYCLER if file.is_recycler else FOR_PRODUCT
    fitting = []
    for one in list_schemes(pack) if name is None else [name]:
        scheme = read_rules(pack, one)
        values = {value for rule in scheme.rules for value in rule.values}
        if values.issuperset(wanted):
            fitting.append(scheme)
    if name is not None and not fitting:
        kind = "a recycler" if file.is_recycler else "a plant with one product"
        raise SchemeError(
            f"The scheme '{name}' gives {kind} nothing that can be reckoned: it says no {' or no '.join(wanted)}. "
            f"Leave --scheme out, or say --scheme {NO_SCHEME}."
        )
    if len(fitting) > 1:
        raise SchemeError(f"Which scheme? There are: {', '.join(one.name for one in fitting)}. Name it with --scheme.")
    return fitting[0] if fitting else None


def _for_product(case: PlantCase, bid: float | None, assured: AssuredInput | None) -> PlantCase:
    """Return a case with the incentive and the capital subsidy of a scheme, where the plant asks for an award."""
    asks, scheme = case.file.asks(), case.scheme
    award, bid = asks.get("award"), asks.get("bid") if bid is None else bid
    if bid is not None and award is None:
        raise SchemeError(f"'{case.file.shown}' asks for no award: add 'asks: {{bid: ..., award: ...}}', or no --bid.")
    if bid is not None and not 0 <= bid <= 1e9:
        raise SchemeError(f"--bid {bid:g} is not from 0 to 1e9 {case.file.currency}/kg. Check the number.")
    support = replace(NOTHING, input=assured)
    if scheme is None or bid is None or award is None:
        told = ALL if support.parts else NONE
        notes = case.notes
        if scheme is not None:
            notes = (*notes, "The project asks for no award: nothing of the scheme is counted.")
        return replace(case, scheme=None, cases=_by_part(support), told=told, notes=notes)
    terms = support_terms(scheme)
    uses, notes = terms.uses, case.notes
    read = {(rule, value) for value, rule in terms.by.items()}
    judged: tuple[Verdict, ...] = ()
    if any("most_awards" in rule.values for rule in scheme.rules):
        rules, project = award_terms(scheme), case.project
        invested = project.capital * project.capacity * project.eligible
        judged = verdicts(Bid(project.name, award, bid, investment=invested), rules)
        uses = (*uses, *(one.rule for one in judged))
        read |= {(rules.by[value], value) for value in JUDGED_BY if value in rules.by}
        notes = (*notes, f"Whether it is eligible is judged by its investment in money of {project.price_year}.")
    support = scheme_support(terms, bid, award, assured)
    return replace(
        case, cases=_by_part(support), told=ALL, bid=bid, award=award, verdicts=judged,
        uses=tuple(dict.fromkeys(uses)), notes=(*notes, *idle_notes(scheme, read)),
    )  # fmt: skip


def _by_part(support: Support) -> dict[str, Support]:
    """Return all support, each part alone, all without each part where there are more than two, and none."""
    cases: dict[str, Support] = {ALL: support} if support.parts else {}
    if len(support.parts) > 1:
        cases |= {f"{name} alone": support.only(name) for name in support.parts}
    if len(support.parts) > 2:
        cases |= {f"without {name}": support.without(name) for name in support.parts}
    return cases | {NONE: NOTHING}


def _for_recycler(case: PlantCase, assured: AssuredInput | None) -> PlantCase:
    """Return a case with the aid to a small and to a large firm: the file does not say which it is."""
    if case.scheme is None:
        support = replace(NOTHING, input=assured)
        return replace(case, cases=_by_part(support), told=ALL if support.parts else NONE)
    said, judged, cases = _Told(case.scheme), [], {}
    for size in SIZES:
        cases[f"aid to a {size} firm"] = Support(input=assured, recycling=_aid(said, size, case.project))
        judged.append(_eligible(said, size, case.project))
    open_to = [name for name, one in zip(cases, judged, strict=True) if one.result != "fail"]
    closed = _closed(said, case.project)
    if closed is not None:
        open_to, judged = [], [closed, *judged]
    uses = tuple(dict.fromkeys(said.uses))
    told = open_to[0] if open_to else NONE
    notes = (*case.notes, *_notes(said, case.project), *idle_notes(case.scheme, said.read))
    return replace(case, cases=cases | {NONE: NOTHING}, told=told, verdicts=tuple(judged), uses=uses, notes=notes)


def _closed(said: _Told, project: PlantProject) -> Verdict | None:
    """Return the verdict on a plant that comes after applications were taken; None where it is in time."""
    last = said.day("applications_to")
    if last is None or project.award_year <= last.year:
        return None
    rule = said.uses[-1]
    if said.flag("applications_again"):
        return None
    why = f"Applications were taken to {last}, and its award is of {project.award_year}"
    return Verdict(rule, "fail", f"{why}; applications_again=true counts the aid all the same")


def _notes(said: _Told, project: PlantProject) -> list[str]:
    """Say what of the aid to a recycler is taken as given, or comes too late to be counted."""
    first = project.years[project.start]
    notes = []
    if not said.holds("capital_share", first):
        notes.append(f"The plant first runs in {first}, after the aid on capital has ended: none is counted.")
    elif any("late_share" in rule.values for rule in said.scheme.rules):
        notes.append("That production starts in time for the whole aid on capital is taken as given.")
    late = [first + year - 1 for name, year in PAID_IN.items() if not said.holds(name, first + year - 1)]
    if late:
        when = " and ".join(map(str, late))
        notes.append(f"The parts of the aid on sales due in {when} come after its end and are not counted.")
    return notes


def _aid(said: _Told, size: str, project: PlantProject) -> RecyclingAid:
    """Return the aid to a firm of a size: by rules that are in force at the end of the year in which it is paid.

    A new plant has no sales before. Whether it starts in time for the whole share is not known and taken as given.
    """
    first = project.years[project.start]
    share = said.number("capital_share") if said.holds("capital_share", first) else 0.0
    parts = {}
    for name, year in PAID_IN.items():
        part = said.number(name)
        if said.holds(name, first + year - 1):
            parts[year] = part
    return RecyclingAid(
        share, said.number("operating_rate"), parts, said.number(f"total_{size}"), said.number(f"operating_{size}"),
        said.number("sales_threshold"),
    )  # fmt: skip


def _eligible(said: _Told, size: str, project: PlantProject) -> Verdict:
    """Return what the rule of eligibility says of a plant as that of a small or large firm."""
    feed, least = said.number(f"{size}_feed"), said.number(f"{size}_investment")
    rule, invested = said.uses[-1], project.capital * project.capacity
    word, scale = said.scheme.money
    lacking = []
    if project.capacity < feed:
        lacking.append(f"it takes {project.capacity:,.0f} t of feed a year, and at least {feed:,.0f} are asked for")
    if invested < least:
        lacking.append(f"{invested / scale:,.0f} {word} are invested, and at least {least / scale:,.0f} are asked for")
    if lacking:
        return Verdict(rule, "fail", f"As the plant of a {size} firm: {'; '.join(lacking)}")
    return Verdict(rule, "cannot tell", f"As the plant of a {size} firm: the file does not say how large the firm is")
