"""Reading a pack's folder: the data package, its CSV tables and YAML, with every fault of form reported.

Nothing here knows what a row means; rows come out as text with the file and line they stand on.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chumbak.pack.faults import Faults, did_you_mean, short

MAX_TABLE_BYTES = 20_000_000
MAX_JSON_BYTES = 1_000_000
MAX_YAML_BYTES = 250_000  # some seconds of reading


@dataclass(frozen=True)
class Row:
    """A line of a table: its cells by column, and where it stands."""

    where: tuple[str, int]
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The rows of a table that could be read.

    ``lost`` names (by the column ``id`` or ``key``) the rows that could not; ``whole`` is False where there may
    be others that cannot even be named.
    """

    rows: list[Row]
    lost: frozenset[str] = frozenset()
    whole: bool = True


UNREAD = Table([], whole=False)


def read_text(path: Path, shown: str, limit: int, faults: Faults) -> str | None:
    """Return the text of a file, or None with a fault noted: missing, too large, not UTF-8, empty."""
    where = (shown, 0)
    try:
        size = path.stat().st_size
        if not path.is_file():
            faults.add(where, "", "not-a-file", "this is a folder or a device, not a file", "Give the path of a file.")
            return None
        if size > limit:
            what = f"the file has {size / 1e6:.3g} MB; at most {limit / 1e6:.3g} MB are read"
            faults.add(where, "", "file-too-large", what, "Check that it is the right file, or split it.")
            return None
        raw = path.read_bytes()
    except FileNotFoundError:
        faults.add(where, "", "file-missing", "the file is not there", "Add it, or mend its path.")
        return None
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte or half a character
        reason = getattr(error, "strerror", None) or "its name is not a file name"
        mend = "Check its name and who may read it."
        faults.add(where, "", "unreadable-file", f"the file cannot be read ({reason})", mend)
        return None
    return _decoded(raw, shown, faults)


def _decoded(raw: bytes, shown: str, faults: Faults) -> str | None:
    as_utf8 = "Save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')."
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.add((shown, 0), "", "unreadable-encoding", "the file is UTF-16 text, not UTF-8", as_utf8)
        return None
    if b"\0" in raw:
        row = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        what = "the file holds a zero byte, so it is not text"
        faults.add((shown, row), "", "binary-file", what, as_utf8)
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        faults.add((shown, row), "", "unreadable-encoding", "this line is not UTF-8 text", as_utf8)
        return None
    if not text.strip():
        faults.add((shown, 0), "", "empty-file", "the file is empty", "Write into it what belongs there.")
        return None
    return text


def read_table(path: Path, shown: str, columns: tuple[str, ...], faults: Faults, may_be_empty: bool = False) -> Table:
    """Return the rows of a CSV table whose header must be ``columns``, in any order."""
    text = read_text(path, shown, MAX_TABLE_BYTES, faults)
    if text is None:
        return UNREAD
    name_column = "id" if "id" in columns else "key"
    rows: list[Row] = []
    lost: set[str] = set()
    whole = True
    header: list[str] = []
    for line, cells in records(text, shown, faults):
        if cells is None:
            return UNREAD
        if not header:
            header = [name.strip() for name in cells]
            if not _header_is_right(header, (shown, line), columns, faults):
                return UNREAD
        elif len(cells) == len(header):
            rows.append(Row((shown, line), {name: cell.strip() for name, cell in zip(header, cells, strict=True)}))
        else:
            what = f"the row has {len(cells)} cells, the header {len(header)}"
            mend = 'Put a cell that holds a comma between quotes: "a, b".'
            faults.add((shown, line), "", "ragged-row", what, mend)
            position = header.index(name_column) if name_column in header else len(cells)
            lost |= {cells[position].strip()} if position < len(cells) else set()
            whole = whole and position < len(cells)
    if not rows and not lost and not may_be_empty:
        faults.add((shown, 0), "", "no-rows", "the table has a header and no rows", "Add its rows.")
        return UNREAD
    return Table(rows, frozenset(lost), whole)


def records(text: str, shown: str, faults: Faults) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the records that are not blank, each with the line it starts on; None in place of the first bad one."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        what, mend = _csv_fault(str(error))
        faults.add((shown, start), "", "not-csv", what, mend)
        yield start, None


def _csv_fault(message: str) -> tuple[str, str]:
    if "unexpected end" in message:
        return "a quote is opened on this row and never closed", 'Close it: "...".'
    if "field larger" in message:
        return "a cell of this row is longer than 130,000 characters", "Look for a quote that is not closed."
    if "expected after" in message:
        return "a quote stands inside a quoted cell", 'Double it: "a 5"" magnet".'
    return f"this row is not CSV ({message})", "Check its quotes and line ends."


def commas(header: list[str], where: tuple[str, int], faults: Faults) -> bool:
    """Say whether the cells of a header are separated by commas; note it where they are not."""
    for separator, word in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            what = f"the cells are separated by {word}, not by commas"
            faults.add(where, "", "wrong-separator", what, "Save the table as CSV with commas.")
            return False
    return True


def _header_is_right(header: list[str], where: tuple[str, int], columns: tuple[str, ...], faults: Faults) -> bool:
    before = len(faults)
    if not commas(header, where, faults):
        return False
    whole = f"The header is: {','.join(columns)}."
    if not set(header) & set(columns):
        what = "the first row is not the header of this table"
        faults.add(where, "", "wrong-header", what, whole)
        return False
    for name in columns:
        if name not in header:
            faults.add(where, name, "missing-column", f"column '{name}' is missing", whole)
    for position, name in enumerate(header):
        if name not in columns:
            what = f"column {short(name)} is not one of this table's"
            faults.add(where, name[:40], "unknown-column", what, did_you_mean(name, columns))
        elif name in header[:position]:
            faults.add(where, name, "duplicate-column", f"column '{name}' stands twice", "Keep one of the two.")
    return len(faults) == before


def read_json(path: Path, shown: str, faults: Faults) -> dict[str, Any] | None:
    """Return the object of a JSON file, or None with a fault noted."""
    text = read_text(path, shown, MAX_JSON_BYTES, faults)
    if text is None:
        return None
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        _refuse_half_characters(found)
    except json.JSONDecodeError as error:
        what = f"this is not JSON ({error.msg})"
        faults.add((shown, error.lineno), "", "bad-json", what, "Check commas, quotes and brackets before it.")
        return None
    except RecursionError:
        faults.add((shown, 0), "", "bad-json", "the JSON is nested too deeply", "Write it flat.")
        return None
    except ValueError as error:
        reason = "a number has thousands of digits" if "int_max" in str(error) else str(error)
        faults.add((shown, 0), "", "bad-json", f"this JSON cannot be read ({reason})", "Mend that.")
        return None
    if not isinstance(found, dict):
        faults.add((shown, 0), "", "bad-json", "this is not a JSON object", "Start it with { and end it with }.")
        return None
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"{short(twice)} stands twice")
    return found


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _refuse_half_characters(found: Any) -> None:
    """Raise ``ValueError`` if a text holds an escaped half of a character, which no file can be written with."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a text holds half a character (\\ud800 to \\udfff)") from error


@dataclass(frozen=True)
class Document:
    """What a YAML file holds, and the line each part of it stands on."""

    content: Any
    lines: Mapping[tuple[str | int, ...], int]

    def line(self, path: tuple[str | int, ...]) -> int:
        """Return the line of the part at ``path``, or of the nearest part around it; 0 if there is none."""
        return next((self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), 0)


class _PlainLoader(yaml.SafeLoader):
    """YAML of words, numbers, lists and mappings.

    No anchors and aliases (a few lines of which can grow to gigabytes), no tags, no repeated keys, and none of
    the readings of YAML 1.1 that surprise: 010 as eight, 1:30 as ninety, no as false, 1e6 as text.
    """

    yaml_implicit_resolvers = {}  # noqa: RUF012  (the library's own way to say which words are not text)

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            problem = "anchors and aliases (& and *) are not read"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if getattr(event, "tag", None):
            raise yaml.MarkedYAMLError(problem="tags (!) are not read", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                problem = "a list or mapping stands where a name belongs"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            if key.value in seen:
                problem = f"{short(key.value)} stands twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _resolve_plain_words() -> None:
    import re

    for tag, pattern, first in (
        ("null", r"~|null|", ["~", "n", ""]),
        ("bool", r"true|false", list("tf")),
        ("int", r"[-+]?(0|[1-9][0-9]{0,17})", list("-+0123456789")),
        ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ):
        _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)


_resolve_plain_words()


def read_yaml(path: Path, shown: str, faults: Faults) -> Document | None:
    """Return what a YAML file holds, or None with a fault noted."""
    text = read_text(path, shown, MAX_YAML_BYTES, faults)
    if text is None:
        return None
    mend = "Check indents, colons and quotes."
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        if node is None:
            faults.add((shown, 0), "", "empty-file", "the file says nothing", "Write into it what belongs there.")
            return None
        content = loader.construct_document(node)
        _refuse_half_characters(content)
        return Document(content, dict(_lines(node, ())))
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else 0
        problem = f"{error.context}, {error.problem}" if error.context else str(error.problem)
        if "'\\t'" in problem:
            problem, mend = "a tab stands where spaces belong", "Indent with spaces."
        elif "not read" in problem:
            mend = "Write the text out."
        faults.add((shown, row), "", "bad-yaml", f"this YAML cannot be read ({problem})", mend)
    except RecursionError:
        faults.add((shown, 0), "", "bad-yaml", "the YAML is nested too deeply", "Write it flat.")
    except (yaml.YAMLError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        faults.add((shown, 0), "", "bad-yaml", f"this YAML cannot be read ({reason})", mend)
    return None


def _lines(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, key.value))
            yield (*path, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _lines(value, (*path, position))
