"""Many devices at once, for offices and schools: a table typed or uploaded, one device or one kind a line."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from chumbak.exchange.digits import whole
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback.identity import UNREAD
from chumbak.exchange.takeback.quotes import Wish
from chumbak.exchange.takeback.tariff import CONDITIONS

COLUMNS = ("kind", "condition", "serial", "count")
LEFT = "left"  # instead of a condition: the device is not handed over
HEADS = {"serial", "serials", "imei"}  # what a first line of a list may say that is a heading
_MOST_LETTERS = 100_000
_REPEATED = 80  # letters of a table that a sentence repeats


@dataclass(frozen=True)
class Look:
    """What a collector saw of a device: its condition (``LEFT``: it stays), grams (None: not weighed), its serial.

    ``unread`` is why the serial cannot be read (one of ``identity.UNREAD``), "" otherwise.
    """

    condition: str
    grams: int | None = None
    serial: str = ""
    unread: str = ""


@dataclass(frozen=True)
class Found:
    """What the plant found of a device, and why that is another condition than the collector saw.

    ``serial`` is the number that the plant read on it, ``unread`` why it could read none (of ``identity.UNREAD``).
    """

    condition: str
    note: str = ""
    serial: str = ""
    unread: str = ""


def listed(text: str, kind: str, condition: str, most: int) -> list[Wish]:
    """Return devices of one kind and condition by a list of their numbers, one device a line. Raises ``Refusal``.

    A phone with two SIMs has both on its line. A first line that is a heading is left out.
    """
    if len(text) > _MOST_LETTERS:
        raise Refusal(N_("This table is too long."), "serials")
    lines = [line.strip(" \t,;") for line in text.lstrip("\ufeff").splitlines()]
    lines = [line for line in lines if line]
    if lines and lines[0].casefold() in HEADS:
        lines = lines[1:]
    if not lines:
        raise Refusal(N_("Write the numbers, one device a line."), "serials")
    if len(lines) > most:
        raise Refusal(N_("These are more than %(most)s devices. Make several quotes."), "serials", most=most)
    return [Wish(kind, condition, line) for line in lines]


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
    """Return what differs from the quote: lines of number, condition (or "left"), grams, serial, why it is not read.

    Raises ``Refusal``.
    """
    found: dict[int, Look] = {}
    for line, cells in _table(text):
        typed, condition, grams, serial, unread = (*cells, "", "", "", "", "")[:5]
        number = _number(typed, count, line)
        seen = LEFT if condition.casefold() == LEFT else _condition(condition, line)
        found[number] = Look(seen, whole_grams(grams) if grams else None, serial, _unread(unread, line))
    return found


def finds(text: str, count: int) -> dict[int, Found]:
    """Return what the plant found: lines of number, condition, reason, serial, why it is not read.

    Raises ``Refusal``.
    """
    found: dict[int, Found] = {}
    for line, cells in _table(text):
        typed, condition, reason, serial, unread = (*cells, "", "", "", "", "")[:5]
        found[_number(typed, count, line)] = Found(_condition(condition, line), reason, serial, _unread(unread, line))
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


def _unread(typed: str, line: int) -> str:
    plain = typed.casefold()
    if plain and plain not in UNREAD:
        raise Refusal(
            N_("Line %(line)s: '%(reason)s' is no reason why a number cannot be read. Write one of: %(reasons)s."),
            "table", line=line, reason=_cut(typed), reasons=", ".join(UNREAD),
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
