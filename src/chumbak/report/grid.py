"""Tables for a terminal of any width: nothing is cut and no number is broken.

Words fold. Where even that is not enough, the columns that do not fit follow in a further table, with the labels
again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

LABEL = 16  # a word of a column of text, or its part to a hyphen, may be folded if it is longer
NAMES = 20  # the same of a first column of names that are not to be broken, of plants say
BESIDE = 3  # the line and the two spaces between two columns
NO_BREAK = "\N{NO-BREAK SPACE}"
PARTS = re.compile(r" |(?<=\w[^\W\d_]-)(?=\w+[^\W\d_])")  # where text may be folded: as textwrap does
SPACE = re.compile(" ")
SIGN = re.compile(r"(?<=\d) (?=(?:%|[µmk]?g|t)(?!\w))")  # between a number and its unit


@dataclass(frozen=True)
class Grid:
    """A table of text: its first ``words`` columns hold words, the others numbers; None is a line across.

    Words of the first column are folded if they are longer than ``label``.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str] | None]
    words: int = 1
    label: int = LABEL

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        """Yield the table, in as many parts as the width asks for."""
        cells = [self.headings, *(row for row in self.rows if row is not None)]
        columns = [[SIGN.sub(NO_BREAK, row[at]) for row in cells] for at in range(len(self.headings))]
        least = [self._least(at, column) for at, column in enumerate(columns)]
        for part in _parts(least, options.max_width - 1):
            most = [max(least[at], *map(cell_len, columns[at])) for at in part]
            widths = _widths(most, [least[at] for at in part],
                             options.max_width - 1 - BESIDE * len(part))  # fmt: skip
            yield self._table(columns, dict(zip(part, widths, strict=True)))

    def _least(self, at: int, column: Sequence[str]) -> int:
        words = LABEL if at else self.label
        most = words if at < self.words else max(map(cell_len, column))
        split = PARTS.split if at < self.words else SPACE.split
        return max(1, *(_indent(cell) + min(cell_len(word), most) for cell in column for word in split(cell)))

    def _table(self, columns: Sequence[Sequence[str]], widths: dict[int, int]) -> Table:
        table = Table(title=Text(self.title, style="table.title"), title_justify="left")
        folded = []
        for at, width in widths.items():
            heading, *cells = (Text(_fold(cell, width, at < self.words)) for cell in columns[at])
            heading.stylize("table.header")
            table.add_column(heading, justify="left" if at < self.words else "right", width=width, no_wrap=True)
            folded.append(iter(cells))
        for row in self.rows:
            if row is None:
                table.add_section()
            else:
                table.add_row(*(next(cells) for cells in folded))
        return table


def _parts(least: Sequence[int], room: int) -> list[list[int]]:
    """Return the columns of each table: the first always, the others as far as they fit."""
    parts: list[list[int]] = [[0]]
    for at in range(1, len(least)):
        if len(parts[-1]) > 1 and sum(least[one] + BESIDE for one in [*parts[-1], at]) > room:
            parts.append([0])
        parts[-1].append(at)
    return parts


def _widths(most: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return widths that fit: the widest columns give way first, none below its least."""
    widths = list(most)
    while sum(widths) > room and widths != list(least):
        widest = max(range(len(widths)), key=lambda at: (widths[at] > least[at], widths[at]))
        widths[widest] -= 1
    return widths


def _fold(cell: str, width: int, words: bool) -> str:
    """Return a cell in lines no longer than ``width``, ``words`` at hyphens too; its indent is kept on each."""
    wrapper = TextWrapper(width, subsequent_indent=" " * _indent(cell), break_on_hyphens=words)
    return "\n".join(wrapper.wrap(cell)).replace(NO_BREAK, " ")


def _indent(cell: str) -> int:
    return len(cell) - len(cell.lstrip(" "))
