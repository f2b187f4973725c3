"""Faults of a pack: what, where, how to mend. All of them are collected and reported together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

MOST = 1000  # faults after which reading stops: a file of rubbish is told in one breath
LONGEST_WORD = 80  # characters of the user's text that are compared or shown


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
    """The faults found while a pack is read, and what was lost to them.

    What could not be read is remembered by name, so that nothing more is said of what rests on it:
    ``lost_keys`` are keys of figures, ``lost_ids`` (table, id) pairs, ``lost_tables`` tables of which it cannot
    be told what they hold (``figures`` for any table of figures).
    """

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}
        self.lost_keys: set[str] = set()
        self.lost_ids: set[tuple[str, str]] = set()
        self.lost_tables: set[str] = set()

    @property
    def found(self) -> list[Fault]:
        """Return the faults so far, in the order they were found, each once."""
        return list(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def add(self, where: tuple[str, int], column: str, kind: str, what: str, mend: str) -> None:
        """Note a fault at ``where`` = (file, row). Raises ``PackError`` when there are too many to go on."""
        file, row = where
        self._found[Fault(clean(file), row, clean(column), kind, clean(what), clean(mend))] = None
        if len(self._found) >= MOST:
            what = f"more than {MOST} faults were found, and reading stopped"
            stopped = Fault(clean(file), 0, "", "too-many-faults", what, "Mend these first.")
            raise PackError([*self._found, stopped])

    def stop_if_any(self) -> None:
        """Raise ``PackError`` with all faults found so far, if there are any."""
        if self._found:
            raise PackError(self._found)


def clean(text: str) -> str:
    """Return the text with what cannot be printed on one line (line ends, control characters) shown as ``·``."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "·" for one in text)


def short(text: str) -> str:
    """Return the user's text as a fault shows it: quoted, and cut where it is long."""
    return f"'{text}'" if len(text) <= LONGEST_WORD else f"'{text[:LONGEST_WORD]}...'"


def nearest(word: str, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the known word nearest to ``word``, or None if none is so near that it may be a slip."""
    near = get_close_matches(word[:LONGEST_WORD], known, n=1, cutoff=cutoff)
    return near[0] if near else None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a sentence that names the nearest known word, or lists the known ones."""
    near = nearest(word, known)
    if near:
        return f"Did you mean '{near}'?"
    shown = ", ".join(list(known)[:12]) + (" and more" if len(known) > 12 else "")
    return f"Known: {shown}." if known else "There is none to choose from."
