"""Named queries: kept as records of kind ``query``. One that is deleted gets a second record, and its name is free."""

from __future__ import annotations

import re
from threading import Lock
from typing import Any

from chumbak.custody.store.prepare import decode
from chumbak.custody.store.read import Reader

ID = "urn:chumbak:query:"
DELETED = "#deleted"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class Named:
    """The named queries of a store."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._lock = Lock()
        self._next = 1
        self._queries: dict[str, tuple[str, dict[str, Any]]] = {}  # by name: id of the record, what it holds
        self._times: dict[str, int] = {}  # how often a name was taken

    def all(self) -> dict[str, dict[str, Any]]:
        """Return the queries by name, as they are in the store now."""
        with self._lock:
            self._catch_up()
            return {name: body for name, (_, body) in sorted(self._queries.items())}

    def get(self, name: str) -> tuple[str, dict[str, Any]] | None:
        """Return the id of the record and what it holds."""
        with self._lock:
            self._catch_up()
            return self._queries.get(name)

    def next_id(self, name: str) -> str:
        """Return the id of the record that will hold a query of this name."""
        with self._lock:
            self._catch_up()
            return f"{ID}{name}:{self._times.get(name, 0) + 1}"

    def _catch_up(self) -> None:
        for record in self._read.records(self._next, kind="query"):
            self._next = record.seq + 1
            name = record.id.removesuffix(DELETED).removeprefix(ID).rpartition(":")[0]
            if record.id.endswith(DELETED):
                self._queries.pop(name, None)
            else:
                self._times[name] = self._times.get(name, 0) + 1
                self._queries[name] = record.id, decode(record.body)
