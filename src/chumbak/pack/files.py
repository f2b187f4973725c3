"""Reading a pack's folder: the data package, its CSV tables and YAML, with every fault of form reported.

Nothing here knows what a row means; rows come out as text with the file and line they stand on.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chumbak.pack.faults import Faults, did_you_mean

MAX_TABLE_BYTES = 20_000_000
MAX_TEXT_BYTES = 1_000_000


@dataclass(frozen=True)
class Row:
    """A line of a table: its cells by column, and where it stands."""

    where: tuple[str, int]
    cells: dict[str, str]


def read_text(path: Path, shown: str, limit: int, faults: Faults) -> str | None:
    """Return the text of a file, or None with a fault noted: missing, too large, not UTF-8, empty."""
    where = (shown, 0)
    try:
        size = path.stat().st_size
        if not path.is_file():
            faults.add(where, "", "not-a-file", "this is not a file", "Give the path of a file.")
            return None
        if size > limit:
            what = f"the file is {size / 1e6:.0f} MB; at most {limit / 1e6:.0f} MB is read"
            faults.add(where, "", "file-too-large", what, "Leave out what is not a table of this pack.")
            return None
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        faults.add(where, "", "file-missing", "the file is not there", "Add it, or take it off the list.")
        return None
    except UnicodeDecodeError as error:
        what = f"the file is not UTF-8 text (byte {error.start})"
        faults.add(where, "", "unreadable-encoding", what, "Save it as UTF-8 (CSV UTF-8 in a spreadsheet).")
        return None
    except OSError as error:
        faults.add(where, "", "unreadable-file", f"the file cannot be read ({error.strerror})", "Check it.")
        return None
    if "\0" in text:
        faults.add(where, "", "binary-file", "the file holds zero bytes: it is not text", "Save it as CSV.")
        return None
    if not text.strip():
        faults.add(where, "", "empty-file", "the file is empty", "Write the header row and the rows.")
        return None
    return text


def read_table(path: Path, shown: str, columns: tuple[str, ...], faults: Faults) -> list[Row]:
    """Return the rows of a CSV table whose header must be ``columns``, in any order."""
    text = read_text(path, shown, MAX_TABLE_BYTES, faults)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[Row] = []
    try:
        header = [name.strip() for name in next(reader)]
        if not _header_is_right(header, shown, columns, faults):
            return []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = (shown, reader.line_num)
            if len(cells) != len(header):
                what = f"the row has {len(cells)} cells, the header {len(header)}"
                faults.add(where, "", "ragged-row", what, 'Quote cells that hold commas: "a, b".')
                continue
            rows.append(Row(where, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}))
    except csv.Error as error:
        what = f"this is not CSV ({error})"
        faults.add((shown, reader.line_num), "", "not-csv", what, "Check quotes and line ends.")
        return []
    if not rows:
        faults.add((shown, 0), "", "no-rows", "the table has a header and no rows", "Add its rows.")
    return rows


def _header_is_right(header: list[str], shown: str, columns: tuple[str, ...], faults: Faults) -> bool:
    right = True
    for name in columns:
        if name not in header:
            what, mend = f"column '{name}' is missing", f"The header is: {','.join(columns)}."
            faults.add((shown, 1), name, "missing-column", what, mend)
            right = False
    for position, name in enumerate(header):
        if name not in columns:
            what = f"column '{name[:40]}' is not one of this table's"
            faults.add((shown, 1), name[:40], "unknown-column", what, did_you_mean(name, columns))
            right = False
        elif name in header[:position]:
            what = f"column '{name}' stands twice"
            faults.add((shown, 1), name, "duplicate-column", what, "Keep one of the two.")
            right = False
    return right


def read_json(path: Path, shown: str, faults: Faults) -> dict[str, Any]:
    """Return the object of a JSON file, or an empty one with a fault noted."""
    text = read_text(path, shown, MAX_TEXT_BYTES, faults)
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        faults.add((shown, getattr(error, "lineno", 0)), "", "bad-json", f"this is not JSON ({error})", "Mend it.")
        return {}
    if not isinstance(found, dict):
        faults.add((shown, 0), "", "bad-json", "this is not a JSON object", "Start it with {.")
        return {}
    return found


class _PlainLoader(yaml.SafeLoader):
    """YAML without anchors and aliases (a few lines of which can grow to gigabytes) and without repeats."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors and aliases (& and *) are not read here",
                                       problem_mark=event.start_mark)  # fmt: skip
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if seen.count(key.value) > 1:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' stands twice", problem_mark=key.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, shown: str, faults: Faults) -> Any:
    """Return what a YAML file holds, or None with a fault noted."""
    text = read_text(path, shown, MAX_TEXT_BYTES, faults)
    if text is None:
        return None
    try:
        return yaml.load(text, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else 0
        mend = "Repeat the text instead." if "alias" in str(error.problem) else "Check indents, colons and quotes."
        faults.add((shown, row), "", "bad-yaml", f"this YAML cannot be read ({error.problem})", mend)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        faults.add((shown, 0), "", "bad-yaml", f"this YAML cannot be read ({type(error).__name__})", "Mend it.")
    return None
