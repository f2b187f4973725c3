"""Faults of a pack: what, where, how to mend. All of them are collected and reported together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with a pack.

    ``row`` is the line of the file (the header is line 1), 0 when the fault is of the whole file.
    ``kind`` is a short stable name, for tests and for tools.
    """

    file: str
    row: int
    column: str
    kind: str
    what: str
    mend: str

    def __str__(self) -> str:
        place = self.file + (f", row {self.row}" if self.row else "")
        place += f", column {self.column}" if self.column else ""
        return f"{place}: {self.what}. {self.mend}"


class PackError(Exception):
    """A pack, scenario or overlay that cannot be used; carries every fault found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Faults:
    """A list that faults are added to while a pack is read; raised together at the end of a step."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, where: tuple[str, int], column: str, kind: str, what: str, mend: str) -> None:
        """Note a fault at ``where`` = (file, row)."""
        self.found.append(Fault(where[0], where[1], column, kind, what, mend))

    def stop_if_any(self) -> None:
        """Raise ``PackError`` with all faults found so far, if there are any."""
        if self.found:
            raise PackError(self.found)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a sentence that names the nearest known word, or lists the known ones."""
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    if near:
        return f"Did you mean '{near[0]}'?"
    shown = ", ".join(list(known)[:12]) + (", ..." if len(known) > 12 else "")
    return f"Known: {shown}." if known else "The pack knows none."
