"""Many devices at once, for offices and schools: a table typed or uploaded, one device or one kind a line."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from chumbak.exchange.digits import whole
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback.quotes import Wish
from chumbak.exchange.takeback.tariff import CONDITIONS

COLUMNS = ("kind", "condition", "serial", "count")
LEFT = "left"  # instead of a condition: the device is not handed over
_MOST_LETTERS = 100_000
_REPEATED = 80  # letters of a table that a sentence repeats


@dataclass(frozen=True)
class Look:
    """What a collector saw of a device: its condition (``LEFT``: it stays), grams (None: not weighed), its serial."""

    condition: str
    grams: int | None = None
    serial: str = ""


def wishes(text: str, kinds: Mapping[str, str], most: int) -> list[Wish]:
    """Return the devices of a table with a header: kind, condition, and if wanted serial and count.

    ``kinds`` are ids with names; either may be written. Columns are parted by commas, semicolons or tabs. Raises
    ``Refusal`` with the line.
    """
    lines = _table(text)
    if not lines:
        raise Refusal(N_("The table is empty. Its first line names the columns."), "table")
    header = [name.casefold() for name in lines[0][1]]
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or not {"kind", "condition"} <= set(header):
        raise Refusal(
            N_("The first line has to name the columns: kind, condition, serial, count. It says: %(said)s."), "table",
            said=_cut(", ".join(header)),
        )  # fmt: skip
    ids = {name.casefold(): id for id, name in kinds.items()} | {id: id for id in kinds}
    found: list[Wish] = []
    for line, cells in lines[1:]:
        said = dict(zip(header, cells, strict=False))
        kind = ids.get(said.get("kind", "").casefold())
        if kind is None:
            raise Refusal(
                N_("Line %(line)s: '%(kind)s' is not taken back. Write one of: %(kinds)s."), "table",
                line=line, kind=_cut(said.get("kind", "")), kinds=", ".join(kinds),
            )  # fmt: skip
        condition = _condition(said.get("condition", ""), line)
        count = _count(said, line)
        if len(found) + count > most:
            raise Refusal(N_("These are more than %(most)s devices. Make several quotes."), "table", most=most)
        found += [Wish(kind, condition, said.get("serial", ""))] * count
    if not found:
        raise Refusal(N_("There is no device in the table, only its first line."), "table")
    return found


def looks(text: str, count: int) -> dict[int, Look]:
    """Return what differs from the quote: lines of number, condition (or "left"), grams, serial. Raises ``Refusal``."""
    found: dict[int, Look] = {}
    for line, cells in _table(text):
        typed, condition, grams, serial = (*cells, "", "", "", "")[:4]
        number = _number(typed, count, line)
        seen = LEFT if condition.casefold() == LEFT else _condition(condition, line)
        found[number] = Look(seen, whole_grams(grams) if grams else None, serial)
    return found


def finds(text: str, count: int) -> dict[int, tuple[str, str]]:
    """Return what the plant found otherwise: lines of number, condition, reason. Raises ``Refusal``."""
    found: dict[int, tuple[str, str]] = {}
    for line, cells in _table(text):
        typed, condition, reason = (*cells, "", "", "")[:3]
        found[_number(typed, count, line)] = _condition(condition, line), reason
    return found


def whole_grams(text: str) -> int:
    """Return grams as typed. Raises ``Refusal``."""
    grams = whole(text, 1_000_000)
    if not grams:
        raise Refusal(N_("The weight is in whole grams, such as 160."), "grams")
    return grams


def _number(typed: str, count: int, line: int) -> int:
    number = whole(typed, count)
    if not number:
        raise Refusal(
            N_("Line %(line)s: '%(number)s' is no number of a device here (1 to %(count)s)."), "table",
            line=line, number=_cut(typed), count=count,
        )  # fmt: skip
    return number


def _count(said: Mapping[str, str], line: int) -> int:
    typed = said.get("count", "") or "1"
    count = whole(typed, 100_000)
    if not count:
        raise Refusal(N_("Line %(line)s: '%(count)s' is no number of devices."), "table", line=line, count=_cut(typed))
    if said.get("serial") and count > 1:
        raise Refusal(N_("Line %(line)s: a serial number is of one device; the count has to be 1."), "table", line=line)
    return count


def _condition(typed: str, line: int) -> str:
    plain = typed.casefold().replace("_", " ")
    if plain not in CONDITIONS:
        raise Refusal(
            N_("Line %(line)s: '%(condition)s' is no condition. Write one of: %(conditions)s."), "table",
            line=line, condition=_cut(typed), conditions=", ".join(CONDITIONS),
        )  # fmt: skip
    return plain


def _cut(typed: str) -> str:
    """Return what was typed as a sentence repeats it: cut where it is long."""
    return typed if len(typed) <= _REPEATED else typed[:_REPEATED] + "…"


def _table(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines that say something, with their numbers, cells without blanks around them."""
    if len(text) > _MOST_LETTERS:
        raise Refusal(N_("This table is too long."), "table")
    plain = text.lstrip("\ufeff")
    first = plain.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    try:
        rows: Sequence[list[str]] = list(csv.reader(StringIO(plain), delimiter=delimiter))
    except csv.Error:
        raise Refusal(N_("This is no table: a quotation mark or a line does not end."), "table") from None
    return [
        (line, [cell.strip() for cell in cells])
        for line, cells in enumerate(rows, 1)
        if any(cell.strip() for cell in cells)
    ]
