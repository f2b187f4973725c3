"""How tables are made in both databases: SQLite's STRICT types, and triggers that refuse every update and delete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Boolean, Index, MetaData, Text
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

# Text is compared byte by byte in both databases, whatever the locale of the server.
WORD: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite makes a column its row number only if it is called INTEGER; STRICT tables take no other name for numbers.
LONG = BigInteger
FLAG = Boolean(create_constraint=False)


def sqlite_tables(metadata: MetaData) -> list[str]:
    """Return what makes the tables and indexes in an empty SQLite file, in order."""
    from sqlalchemy.dialects import sqlite

    # STRICT tables know INTEGER, TEXT and BLOB and no other names of types.
    dialect = sqlite.dialect()
    found = []
    for table in metadata.sorted_tables:
        text = str(CreateTable(table).compile(dialect=dialect)).strip()
        for name in ("BIGINT", "SMALLINT", "BOOLEAN"):
            text = text.replace(f" {name}", " INTEGER")
        found.append(text)
        found += [str(CreateIndex(index).compile(dialect=dialect)) for index in sorted(table.indexes, key=_named)]
    return found


def sqlite_frozen(names: Iterable[str]) -> list[str]:
    """Return the triggers that refuse to change or remove what is in tables of SQLite."""
    return [
        f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} BEGIN "
        f"SELECT RAISE(ABORT, '{name} is append-only: nothing in it is changed or removed'); END"
        for name in names
        for verb in ("UPDATE", "DELETE")
    ]


def postgresql_frozen(names: Sequence[str]) -> list[str]:
    """Return the function and the triggers that refuse to change or remove what is in tables of PostgreSQL."""
    return [
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%% is append-only: nothing in it is changed or removed', TG_TABLE_NAME; END $$",
        *(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            for name in names
        ),
    ]


def _named(index: Index) -> str:
    return str(index.name)
