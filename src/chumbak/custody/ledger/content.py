"""What an event says about elements: the extension ``rem:`` read into a ``Statement``, every fault with its pointer.

The fields are described in ``docs/custody_ledger.md``. Pointers are JSON pointers from the event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.ledger.amounts import ratio
from chumbak.custody.ledger.assay import read_amounts
from chumbak.custody.ledger.origin import COUNTRIES, STEPS
from chumbak.custody.ledger.reading import Faults, escaped, is_uri, known_keys, read_elements, read_origins
from chumbak.custody.ledger.statement import Content, Kind, Loss, Measurement, Statement, Step, Take

NAMESPACE = "urn:chumbak:rem:"
FIELDS = ("content", "take", "losses", "step", "area", "waste", "adjust")
_ALLOWED: dict[str, frozenset[str]] = {
    "appear": frozenset({"content", "step", "area", "waste"}),
    "transform": frozenset({"content", "take", "losses", "step", "area", "waste"}),
    "leave": frozenset({"take", "area"}),
    "observe": frozenset({"content", "adjust", "area"}),
}
_SAID: dict[str, str] = {
    "appear": "an ObjectEvent with action ADD",
    "transform": "a TransformationEvent",
    "leave": "an ObjectEvent with action DELETE",
    "observe": "an ObjectEvent with action OBSERVE",
}
_ACTIONS: dict[str, Kind] = {"ADD": "appear", "DELETE": "leave", "OBSERVE": "observe"}
_DESTROYED = ("destroyed", "disposed")
_LOSS = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_MOST_EDGES = 100_000
_PARTIES = ("possessing_party", "owning_party", "location")

Event = Mapping[str, Any]
Name = Callable[[str], str]


def prefix_of(context: object) -> str:
    """Return the prefix that a JSON-LD context gives to the extension, with its colon: "rem:" where it gives none.

    Where "rem" stands for something else, only names written out (``urn:chumbak:rem:content``) are of the extension.
    """
    bound: dict[str, Any] = {}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, Mapping):
            bound.update(part)
    for prefix, namespace in bound.items():
        if namespace == NAMESPACE:
            return f"{prefix}:"
    return NAMESPACE if "rem" in bound else "rem:"


def read_statement(event: Event, prefix: str = "rem:", name: Name | None = None) -> Statement | None:
    """Return what an event says about elements, None where it can say nothing.

    ``event`` passed the schema of EPCIS; its numbers are ``int`` or ``Decimal``. ``name`` gives the one name of a lot
    that can be written in several ways (Digital Link and URN); without it a lot is called as it is written.
    An event without any field of the extension may still use lots that the ledger knows (a DELETE, a
    TransformationEvent): only ``post`` can tell. An event with an ``errorDeclaration`` has kind "correct": it is not
    posted; the entries of the event that it names are reversed (``reverse``).
    Raises ``LedgerError`` with every fault.
    """
    extension = [field for field in event if field.startswith(prefix)]
    kind = _kind(event)
    if "errorDeclaration" in event:
        return Statement("correct", explicit=bool(extension)) if kind else None
    if not extension and kind in (None, "appear", "observe"):
        return None
    faults = Faults()
    for field in extension:
        short = field[len(prefix) :]
        if kind is None or short not in _ALLOWED[kind]:
            faults.append(_stray(field, short, kind, prefix))
    statement = None
    if kind is not None:
        reader = _Reader(event, prefix, name, faults)
        statement = reader.statement(kind, bool(extension))
    if faults:
        raise LedgerError(faults)
    return statement


def faults_of(event: Event, prefix: str = "rem:") -> list[Finding]:
    """Return every fault in what an event says about elements, as far as the event alone can tell."""
    try:
        read_statement(event, prefix)
    except LedgerError as error:
        return list(error.findings)
    return []


def _kind(event: Event) -> Kind | None:
    kind = event.get("type")
    if kind == "TransformationEvent":
        return "transform"
    return _ACTIONS.get(str(event.get("action"))) if kind == "ObjectEvent" else None


def _stray(field: str, short: str, kind: Kind | None, prefix: str) -> Finding:
    pointer = f"/{escaped(field)}"
    if short not in FIELDS:
        known = ", ".join(prefix + other for other in FIELDS)
        return Finding(pointer, f"{field} is no field of the extension", f"Use one of {known}, or a prefix of your own")
    if kind is None:
        return Finding(
            pointer,
            f"{field} has no meaning in this kind of event",
            "Elements are stated in an ObjectEvent or a TransformationEvent; the others tell containment and ownership",
        )
    allowed = ", ".join(prefix + other for other in FIELDS if other in _ALLOWED[kind])
    return Finding(pointer, f"{field} has no meaning in {_SAID[kind]}", f"It may say {allowed}")


class _Reader:
    """Reads one event; keeps the event, the names and the faults together."""

    def __init__(self, event: Event, prefix: str, name: Name | None, faults: Faults) -> None:
        self.event = event
        self.prefix = prefix
        self.name = name
        self.faults = faults
        self.measurements: list[Measurement] = []

    def statement(self, kind: Kind, explicit: bool) -> Statement:
        """Return the statement; what is faulty is left out of it and told in ``faults``."""
        if kind == "transform":
            inputs = self.lots("inputEPCList", "inputQuantityList")
            outputs = self.lots("outputEPCList", "outputQuantityList")
        else:
            inputs = self.lots("epcList", "quantityList")
            outputs = inputs
        adjust = self.flag("adjust")
        waste = self.waste(self.event.get(f"{self.prefix}waste"), f"/{self.prefix}waste")
        contents = self.contents(kind, outputs, waste, adjust)
        losses = self.losses()
        takes = self.takes(inputs) if kind in ("transform", "leave") else ()
        if kind == "transform":
            stated = {content.lot for content in contents}
            silent = [Content(lot, outputs[lot], None, None, waste) for lot in outputs if lot not in stated]
            contents = tuple(sorted([*contents, *silent]))
            self.check_outputs(inputs, outputs, contents, losses, explicit)
        step = self.step()
        if kind == "appear" and self.event.get(f"{self.prefix}content") in (None, []):
            self.fault("content", "no lot's content is stated", "Say in it what each lot that appears holds")
        if kind == "observe":
            self.check_observation(contents)
        lots = tuple(sorted({*(take.lot for take in takes), *(content.lot for content in contents)}))
        return Statement(
            kind,
            lots=lots,
            takes=takes,
            contents=contents,
            losses=losses,
            area=self.area(),
            party=self.party(kind),
            step=step,
            adjust=adjust,
            explicit=explicit,
            prefix=self.prefix,
            measurements=tuple(self.measurements),
        )

    def fault(self, field: str, what: str, mend: str) -> None:
        """Keep a fault of a field of the extension, or of something in it (``content/0/lot``)."""
        self.faults.append(Finding(f"/{self.prefix}{field}", what, mend))

    def called(self, lot: str) -> str:
        """Return the one name of a lot."""
        return lot if self.name is None else self.name(lot)

    def lots(self, epcs: str, quantities: str) -> dict[str, str]:
        """Return the lots of two lists of the event, each with the pointer to where it stands first."""
        found: dict[str, str] = {}
        for index, lot in enumerate(self.event.get(epcs) or ()):
            found.setdefault(self.called(lot), f"/{epcs}/{index}")
        for index, quantity in enumerate(self.event.get(quantities) or ()):
            found.setdefault(self.called(quantity["epcClass"]), f"/{quantities}/{index}/epcClass")
        return found

    def entries(self, field: str, keys: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the objects of a list with where each stands (``content/0``), those that are none told as faults."""
        listed = self.event.get(f"{self.prefix}{field}")
        if listed is None:
            return
        if not isinstance(listed, list):
            self.fault(field, "this is no list", "Write a list of objects in square brackets")
            return
        for index, entry in enumerate(listed):
            if not isinstance(entry, dict):
                self.fault(f"{field}/{index}", "this is no object", "Write an object in curly brackets")
                continue
            known_keys(entry, keys, f"/{self.prefix}{field}/{index}", self.faults)
            yield f"{field}/{index}", entry

    def lot_of(self, at: str, entry: dict[str, Any], among: Mapping[str, str], seen: set[str]) -> str | None:
        """Return the lot that an entry names, once, among those of the event."""
        lot = entry.get("lot")
        if not isinstance(lot, str) or not lot:
            self.fault(f"{at}/lot", "no lot is named", "Give the URI of the lot, as in the lists of the event")
            return None
        lot = self.called(lot)
        if lot not in among:
            self.fault(
                f"{at}/lot",
                f"{lot} is not among the lots of the event that this can be said of",
                f"Name it in the event's lists too, or name one of {', '.join(list(among)[:3]) or 'them'}",
            )
            return None
        if lot in seen:
            self.fault(f"{at}/lot", f"{lot} is named twice", "Put all that is said of a lot in one entry")
            return None
        seen.add(lot)
        return lot

    def contents(self, kind: Kind, outputs: Mapping[str, str], waste: bool, adjust: bool) -> tuple[Content, ...]:
        """Return what is said of each lot, in the order of their names."""
        found: list[Content] = []
        seen: set[str] = set()
        for at, entry in self.entries("content", _CONTENT):
            lot = self.lot_of(at, entry, outputs, seen)
            pointer = f"/{self.prefix}{at}"
            read = read_amounts(entry, lot or "", pointer, self.faults)
            origins = read_origins(entry, pointer, self.faults)
            if kind == "observe" and origins is not None:
                self.fault(at, "an observation cannot change where material comes from", "Leave the origin out")
            marked = self.waste(entry.get("waste"), f"{pointer}/waste") or waste
            if lot is None:
                continue
            self.measurements.extend(read.measurements)
            if read.amounts is None and kind == "appear" and not read.faulty:
                self.fault(at, "it is not said what the lot holds", "Give 'element', or 'mass' and 'assay'")
            if read.amounts is None and adjust and not read.faulty:
                self.fault(at, "it is not said what the lot was found to hold", "Give 'element', or 'mass' and 'assay'")
            found.append(Content(lot, pointer, read.amounts, origins, marked))
        return tuple(sorted(found))

    def losses(self) -> tuple[Loss, ...]:
        """Return what is lost, in the order of the kinds."""
        found: list[Loss] = []
        seen: set[str] = set()
        for at, entry in self.entries("losses", _LOSSES):
            kind = entry.get("kind")
            pointer = f"/{self.prefix}{at}"
            read = read_amounts(entry, "", pointer, self.faults)
            if not isinstance(kind, str) or not _LOSS.fullmatch(kind):
                self.fault(f"{at}/kind", "the kind of loss is not named", "Name it in small letters, such as 'slag'")
            elif kind in seen:
                self.fault(f"{at}/kind", f"{kind} is named twice", "Put all that is lost in one way in one entry")
            elif read.amounts is None:
                if not read.faulty:
                    self.fault(at, "it is not said how much is lost", "Give 'element', or 'mass' and 'assay'")
            else:
                seen.add(kind)
                found.append(Loss(kind, pointer, read.amounts))
        return tuple(sorted(found))

    def takes(self, inputs: Mapping[str, str]) -> tuple[Take, ...]:
        """Return what is taken of each input, in the order of their names."""
        found = {lot: Take(lot, pointer) for lot, pointer in inputs.items()}
        seen: set[str] = set()
        for at, entry in self.entries("take", _TAKE):
            lot = self.lot_of(at, entry, inputs, seen)
            pointer = f"/{self.prefix}{at}"
            if ("element" in entry) == ("share" in entry):
                self.fault(at, "it is not said once how much is taken", "Give either 'element' or 'share'")
                continue
            amounts = read_elements(entry["element"], f"{pointer}/element", self.faults) if "element" in entry else None
            share = None
            if "share" in entry:
                try:
                    share = ratio(entry["share"])
                except ValueError as error:
                    self.fault(f"{at}/share", str(error), 'Write a share as in "1/3" or "0.25"')
            if lot is not None:
                found[lot] = Take(lot, pointer, amounts, share)
        return tuple(sorted(found.values()))

    def step(self) -> Step | None:
        """Return the step that was done here."""
        entry = self.event.get(f"{self.prefix}step")
        if entry is None:
            return None
        if not isinstance(entry, dict):
            self.fault("step", "this is no object", 'Write {"step": "melted", "country": "..."}')
            return None
        known_keys(entry, _STEP, f"/{self.prefix}step", self.faults)
        step, country, elements = entry.get("step"), entry.get("country"), entry.get("elements")
        if step not in STEPS:
            self.fault("step/step", f"{step!r} is no step", f"Use one of {', '.join(STEPS)}")
        if not isinstance(country, str) or country not in COUNTRIES:
            self.fault("step/country", f"{country!r} is no country", "Use the code of ISO 3166-1 in two capitals")
        if elements is None:
            return Step(str(step), str(country))
        if not isinstance(elements, list) or not elements:
            self.fault("step/elements", "this is no list of elements", 'Write, for instance, ["Nd", "Pr"]')
            return None
        read_elements(dict.fromkeys(map(str, elements), "0"), f"/{self.prefix}step/elements", self.faults)
        return Step(str(step), str(country), frozenset(map(str, elements)))

    def waste(self, value: object, pointer: str) -> bool:
        """Say whether something is marked as waste of a factory."""
        if value not in (None, "pre-consumer"):
            self.faults.append(
                Finding(
                    pointer,
                    f"{value!r} cannot be set here",
                    "Only 'pre-consumer' can; what comes from users is post-consumer from its first weighing on",
                )
            )
        return value == "pre-consumer"

    def flag(self, field: str) -> bool:
        """Return a field that is true or false."""
        value = self.event.get(f"{self.prefix}{field}", False)
        if not isinstance(value, bool):
            self.fault(field, f"{value!r} is neither true nor false", "Write true or false, without quotes")
        return value is True

    def area(self) -> str:
        """Return the material balance area."""
        area = self.event.get(f"{self.prefix}area")
        if area is None:
            return self.place("readPoint") or self.place("bizLocation") or "unstated"
        if not isinstance(area, str) or not is_uri(area):
            self.fault("area", "this is no URI", "Write, for instance, 'mba:smelter-1'")
            return "unstated"
        return area

    def place(self, field: str) -> str:
        """Return a place of the event, "" where it names none."""
        place = self.event.get(field)
        return str(place["id"]) if place else ""

    def party(self, kind: Kind) -> str:
        """Return the account that material comes from or goes to."""
        if kind == "leave" and (disposition := self.event.get("disposition")) in _DESTROYED:
            return f"loss:{disposition}:{self.area()}"
        ends = "destination" if kind == "leave" else "source"
        listed = self.event.get(f"{ends}List") or ()
        for wanted in _PARTIES:
            for end in listed:
                if end["type"] == wanted:
                    return f"outside:{end[ends]}"
        return f"outside:{self.place('readPoint') or self.place('bizLocation') or 'unstated'}"

    def check_outputs(
        self,
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
        contents: tuple[Content, ...],
        losses: tuple[Loss, ...],
        explicit: bool,
    ) -> None:
        """Hold a transformation to what can be posted."""
        if not explicit:
            return  # it may be of lots that the ledger does not know: only a posting can tell
        for lot in inputs.keys() & outputs.keys():
            self.faults.append(
                Finding(
                    outputs[lot],
                    f"{lot} goes in and comes out",
                    f"Give what comes out a lot of its own, or take part of the lot with {self.prefix}take",
                )
            )
        if len(inputs) * len(outputs) > _MOST_EDGES:
            self.faults.append(
                Finding(
                    "/outputEPCList", "too many lots go in and come out at once", "Split the step in several events"
                )
            )
        if len(contents) == 1 and not losses:
            return
        for content in contents:
            if content.amounts is None:
                self.faults.append(
                    Finding(
                        content.pointer,
                        f"it is not said what {content.lot} holds",
                        f"Give it in {self.prefix}content; only a single output without losses holds all that went in."
                        ' A lot that holds none of it has "element": {}',
                    )
                )

    def check_observation(self, contents: tuple[Content, ...]) -> None:
        """Refuse an observation that would have no effect."""
        if self.event.get(f"{self.prefix}content") in (None, []):
            self.fault("content", "no lot's content is stated", "Say in it what was found of each lot")
        if contents and not self.measurements and self.event.get(f"{self.prefix}adjust", False) is False:
            self.fault(
                "content", "an observation without an assay has no effect", f"Give the assay, or {self.prefix}adjust"
            )


_CONTENT = frozenset({"lot", "element", "mass", "moisture", "assay", "origin", "origins", "waste"})
_LOSSES = frozenset({"kind", "element", "mass", "moisture", "assay"})
_TAKE = frozenset({"lot", "element", "share"})
_STEP = frozenset({"step", "country", "elements"})
