"""What is wrong in an event, where, and how to mend it: one form for every check of custody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: ``pointer`` is a JSON pointer into the event or document, ``mend`` says what to write instead."""

    pointer: str
    what: str
    mend: str = ""

    def __post_init__(self) -> None:
        for name in ("pointer", "what", "mend"):
            text = getattr(self, name)
            if not text.isascii():  # half a character can stand in JSON, and could not be written in an answer
                object.__setattr__(self, name, text.encode("utf-8", "replace").decode())

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.what}." + (f" {self.mend}." if self.mend else "")


class LedgerError(Exception):
    """The ledger refuses an event. ``findings`` holds every fault that was found, in the order of the event."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple[type[LedgerError], tuple[tuple[Finding, ...]]]:
        return LedgerError, (self.findings,)
