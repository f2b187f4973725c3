"""What is wrong in a document and how to mend it, before it is sent: all checks at once.

The shape (as EPCIS 2.0.1 has it), the identifiers (check digits, a class where one thing belongs), the prefixes of
extensions, events that share an identifier; and a profile of one's own, such as what the ledger needs to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from chumbak.custody.epcis.document import LIMITS, DocumentError, Limits, read_document
from chumbak.custody.epcis.explain import pointer
from chumbak.custody.epcis.identifiers import check_identifiers
from chumbak.custody.epcis.validate import check
from chumbak.custody.finding import Finding

MOST_SHOWN = 2_000  # characters of a line
# A profile looks at one event, given the context it stands in; its pointers begin at the event.
Profile = Callable[[Mapping[str, Any], Any], Iterable[Finding]]

# Prefixes that the standard's own context declares, and schemes of URIs that need none.
_DECLARED = {"gs1", "cbv", "epcis", "cbvmda", "rdfs", "owl", "xsd", "dcterms", "http", "https", "urn", "ni", "tag"}


def lint(body: bytes, profile: Profile | None = None, limits: Limits = LIMITS) -> list[Finding]:
    """Return every finding of a document, pointers from its root; an empty list if there is nothing to mend.

    The profile is asked of events in which the shape found no fault.
    """
    try:
        document = read_document(body, limits)
    except DocumentError as error:
        return list(error.findings)
    found = check(document.raw)
    blamed = tuple(finding.pointer for finding in found)
    declared = _DECLARED.union(_prefixes(document.context))
    seen: dict[str, str] = {}
    for place, event in document.placed():
        found += check_identifiers(event, place)
        found += _undeclared(event, place, declared.union(_prefixes(event.get("@context"))))
        name = event.get("eventID")
        if isinstance(name, str) and seen.setdefault(name, place) != place:
            what = f"the event has the identifier of the event at {seen[name]}"
            found.append(Finding(place + "/eventID", what, "Each event has its own; to correct one, declare the error"))
        if profile is not None and not any(_within(where, place) for where in blamed):
            found += [Finding(place + f.pointer, f.what, f.mend) for f in profile(event, document.context_of(event))]
    return found


def doubled(body: bytes, limits: Limits = LIMITS) -> list[Finding]:
    """Return a finding for each field that stands twice in an object. The standard allows it; the last one counts."""
    try:
        read_document(body, limits)
    except DocumentError:
        return []  # lint says what is wrong with it
    try:
        read_document(body, replace(limits, once=True))
    except DocumentError as error:
        return list(error.findings)
    return []


def rendered(findings: Iterable[Finding], name: str) -> list[str]:
    """Return findings as lines for a terminal: ``file:pointer: what. How to mend it.``; nothing in them moves it."""
    return [_printable(f"{name}:{finding}") for finding in findings]


def _printable(line: str) -> str:
    """Return a line with what does not print (escape codes, marks of direction) spelled out, and cut if very long."""
    shown = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in line[:MOST_SHOWN])
    return shown if len(line) <= MOST_SHOWN else f"{shown}... ({len(line):,} characters)"


def _within(where: str, place: str) -> bool:
    return where == place or where.startswith(place + "/")


def _prefixes(context: Any) -> Iterator[str]:
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            yield from part


def _undeclared(event: Mapping[str, Any], place: str, declared: set[str]) -> Iterator[Finding]:
    """Yield a finding for each prefix of an extension that no context declares, at the first field that has it."""
    told: set[str] = set()
    waiting: list[tuple[str, Any]] = [(place, event)]
    while waiting:
        at, part = waiting.pop()
        if isinstance(part, list):
            waiting += [(f"{at}/{n}", held) for n, held in enumerate(part)][::-1]
        if not isinstance(part, dict):
            continue
        inner = []
        for name, held in part.items():
            where = at + pointer([name])
            inner.append((where, held))
            prefix, colon, _ = name.partition(":")
            if colon and prefix not in declared and prefix not in told:
                told.add(prefix)
                yield Finding(
                    where,
                    f'the prefix "{prefix}" is not declared in @context',
                    f'Add it with its namespace: {{"{prefix}": "https://..."}}',
                )
        waiting += inner[::-1]
