"""Many rows by one statement, in the quickest way that each database has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

MOST_NAMES = 500  # names in one question; SQLite takes up to 32,766


class Found(NamedTuple):
    """A record that is kept: its number and digest."""

    seq: int
    digest: bytes


def insert(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns."""
    if rows:
        _run(connection, _insert_text(table.name, connection.dialect.name), rows)


def change_balances(connection: Connection, rows: list[tuple[int, int, str, int, int]]) -> int:
    """Set balances: rows of (new, account, element, origin, old). Returns how many stood at what was thought."""
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":
        text = "UPDATE balance SET ug = ? WHERE account = ? AND element = ? AND origin = ? AND ug = ?"
    else:
        text = (
            "UPDATE balance b SET ug = v.new FROM "
            "unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) "
            "AS v(new, account, element, origin, old) WHERE b.account = v.account AND b.element = v.element "
            "AND b.origin = v.origin AND b.ug = v.old"
        )
    return _run(connection, text, rows)


def empty_balances(connection: Connection, rows: list[tuple[int, str, int, int]]) -> int:
    """Remove balances that are zero now: rows of (account, element, origin, old). Returns how many stood so."""
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":
        text = "DELETE FROM balance WHERE account = ? AND element = ? AND origin = ? AND ug = ?"
    else:
        text = (
            "DELETE FROM balance b USING unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) "
            "AS v(account, element, origin, old) WHERE b.account = v.account AND b.element = v.element "
            "AND b.origin = v.origin AND b.ug = v.old"
        )
    return _run(connection, text, rows)


def balances(connection: Connection, keys: list[tuple[int, str, int]]) -> dict[tuple[int, str, int], int]:
    """Return balances by (account, element, origin), those that are not zero."""
    found: dict[tuple[int, str, int], int] = {}
    text = "SELECT account, element, origin, ug FROM balance WHERE (account, element, origin) IN"
    for start in range(0, len(keys), MOST_NAMES):
        part = keys[start : start + MOST_NAMES]
        if connection.dialect.name == "sqlite":
            marks = ", ".join(["(?, ?, ?)"] * len(part))
            listed = connection.exec_driver_sql(f"{text} (VALUES {marks})", tuple(chain.from_iterable(part)))
        else:
            columns = tuple(list(column) for column in zip(*part, strict=True))
            asked = f"{text} (SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[]))"
            listed = connection.exec_driver_sql(asked, columns)
        for account, element, origin, ug in listed:
            found[account, element, origin] = ug
    return found


def among(connection: Connection, text: str, names: Iterable[Any], kind: str = "text") -> list[Sequence[Any]]:
    """Ask ``text`` (which ends in ``IN``) for rows whose column is among the names."""
    listed = list(names)
    found: list[Sequence[Any]] = []
    for start in range(0, len(listed), MOST_NAMES):
        part = listed[start : start + MOST_NAMES]
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(part))
            found += connection.exec_driver_sql(f"{text} ({marks})", tuple(part)).all()
        else:
            asked = f"{text.removesuffix('IN')}= ANY(%s::{kind}[])"
            found += connection.exec_driver_sql(asked, (part,)).all()
    return found


def _run(connection: Connection, text: str, rows: Sequence[tuple[Any, ...]]) -> int:
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(text, rows).rowcount
    columns = tuple(list(column) for column in zip(*rows, strict=True))
    return connection.exec_driver_sql(text, columns).rowcount


@cache
def _insert_text(name: str, dialect: str) -> str:
    from chumbak.custody.store.tables import metadata

    columns = list(metadata.tables[name].columns)
    names = ", ".join(column.name for column in columns)
    if dialect == "sqlite":
        return f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(columns))})"
    arrays = ", ".join(f"%s::{_array(column.type)}[]" for column in columns)
    return f"INSERT INTO {name} ({names}) SELECT * FROM unnest({arrays})"


def _array(kind: object) -> str:
    from sqlalchemy import Boolean, LargeBinary, SmallInteger, Text

    if isinstance(kind, Boolean):
        return "boolean"
    if isinstance(kind, SmallInteger):
        return "smallint"
    if isinstance(kind, LargeBinary):
        return "bytea"
    return "text" if isinstance(kind, Text) else "bigint"
