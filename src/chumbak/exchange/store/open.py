"""The one door to the exchange's database: a SQLite file by default, PostgreSQL by its URL, made at first opening."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from chumbak.custody.store.ddl import postgresql_frozen, sqlite_frozen, sqlite_tables
from chumbak.custody.store.faults import StoreError
from chumbak.custody.store.open import checked, engine_of, lock, reason, shown
from chumbak.exchange.store import all_tables  # noqa: F401 (declares the tables)
from chumbak.exchange.store.tables import FIXED, FROZEN, edition, metadata

EDITION = 3


@dataclass
class Database:
    """The database and the secret with which persons, phones and devices are hashed. Lose it and no one is known."""

    url: URL
    engine: Engine
    secret: bytes


def open_exchange(url: str) -> Database:
    """Open the database of an exchange, make it at first. Raises ``StoreError``.

    Its secret lies beside the file (``exchange.db.secret``), of a server in the working folder.
    """
    where = checked(url)
    if where.get_backend_name() == "sqlite":  # it holds names and phones: nobody else reads it
        Path(str(where.database)).touch(mode=0o600)
    engine = engine_of(where)
    try:
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
            lock(connection)
            tables = inspect(connection).get_table_names()
            if not tables:
                sqlite = connection.dialect.name == "sqlite"
                if not sqlite:
                    metadata.create_all(connection)
                made = [*sqlite_tables(metadata), *sqlite_frozen(FROZEN)] if sqlite else postgresql_frozen(FROZEN)
                for statement in [*made, *_fixed(sqlite)]:
                    connection.exec_driver_sql(statement)
                connection.execute(edition.insert().values(number=EDITION))
            elif edition.name not in tables:
                raise StoreError(f"The database {shown(where)} holds other tables and no exchange. Name an empty one.")
            else:
                _check_edition([row[0] for row in connection.execute(edition.select())])
        return Database(where, engine, _secret(where, made=not tables))
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(f"The exchange at {shown(where)} does not open: {reason(error)}.") from error
    except BaseException:
        engine.dispose()
        raise


def _fixed(sqlite: bool) -> list[str]:
    """Return the triggers that refuse to change what is in tables of which rows may be removed."""
    if sqlite:
        refuse = "BEGIN SELECT RAISE(ABORT, 'nothing in it is changed'); END"
    else:
        refuse = "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    return [f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {refuse}" for name in FIXED]


def _check_edition(numbers: list[int]) -> None:
    if numbers != [EDITION]:
        raise StoreError(
            f"This exchange is of edition {', '.join(map(str, numbers))}; this version of Chumbak knows {EDITION}. "
            "Use the version that made it, or a newer one."
        )


def _secret(url: URL, made: bool) -> bytes:
    name = url.database or ""
    path = Path(f"{name}.secret" if url.get_backend_name() == "sqlite" else f"{name}.exchange.secret")
    if made and not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
    try:
        found = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise StoreError(f"The secret of this exchange, {path}, does not open: {error}. Put it back.") from error
    if len(found) != 32:
        raise StoreError(f"{path} holds no secret of an exchange: it should be 64 hexadecimal digits. Put it back.")
    return found
