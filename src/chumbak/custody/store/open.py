"""The one door to a store: a SQLite file by default, PostgreSQL by its URL.

``open_store("sqlite:///custody.db")`` makes the file, its tables and the key of its log at first opening. The key lies
beside the file (``custody.db.key``, readable by its owner only); for a server it lies in the working folder, or where
``key`` says. Whoever holds the key can sign heads of the log: keep it out of backups of the database.
"""

from __future__ import annotations

import sqlite3
import time
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from chumbak.custody.log.heads import LogKeyError, make_key, public_bytes, read_key
from chumbak.custody.store.faults import StoreError
from chumbak.custody.store.migrations import bring_up

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from chumbak.custody.store.read import Reader
    from chumbak.custody.store.writer import Writer

LOG_LOCK = 0x6368756D  # the advisory lock that whoever appends to the log on PostgreSQL holds
BUSY_SECONDS = 20  # how long one process waits for another to let go of the file


@dataclass
class Store:
    """An open store. ``writer`` is there unless it was opened to read only; close it, or use ``with``."""

    url: URL
    engine: Engine
    read: Reader
    _writer: Writer | None

    @property
    def writer(self) -> Writer:
        """Return what appends to the log."""
        if self._writer is None:
            raise StoreError("The store is open to read only. Open it with open_store(url) to write.")
        return self._writer

    def close(self) -> None:
        """Write what waits, stop the writer and let go of the database."""
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, key: Path | None = None, read_only: bool = False, **limits: Any) -> Store:
    """Open a store, make it at first, bring an older one up to date. Raises ``StoreError``.

    ``limits`` are those of ``Writer``: most_waiting, most_at_once.
    """
    from chumbak.custody.store.read import Reader
    from chumbak.custody.store.writer import Writer

    where = checked(url)
    engine = engine_of(where)
    try:
        with engine.connect() as connection:
            made = inspect(connection).has_table("log")
        if read_only:
            if not made:
                raise StoreError(f"There is no store at {shown(where)}. Open it once to write: that makes it.")
            with engine.connect() as connection:
                bring_up(connection, change=False)
            return Store(where, engine, Reader(engine), None)
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
            lock(connection)
            bring_up(connection, change=True)
        signer = _key(engine, where, key or key_path(where))
        writer = Writer(engine, signer, **limits)
    except (SQLAlchemyError, UnicodeDecodeError) as error:
        engine.dispose()
        raise StoreError(
            f"The store at {shown(where)} does not open: {reason(error)}. Is it a store of custody?"
        ) from error
    except BaseException:
        engine.dispose()
        raise
    return Store(where, engine, Reader(engine), writer)


def lock(connection: Connection) -> None:
    """Let nobody else append until the transaction ends. SQLite's BEGIN IMMEDIATE has done so already."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOG_LOCK,))


def key_path(url: URL) -> Path:
    """Return where the key of a log lies unless told otherwise."""
    if url.get_backend_name() == "sqlite":
        return Path(f"{url.database}.key")
    return Path(f"{url.database}.custody.key")


def checked(url: str) -> URL:
    """Return the address of a database that can hold a store. Raises ``StoreError``."""
    try:
        where = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            f"'{url}' is no database. Write sqlite:///custody.db or postgresql+psycopg://host/name."
        ) from error
    if where.drivername == "sqlite":
        if not where.database or where.database == ":memory:" or where.database.startswith("file:"):
            raise StoreError("A store needs a file: what is in memory would be lost. Write sqlite:///custody.db.")
        if not Path(where.database).parent.is_dir():
            raise StoreError(f"The folder of {where.database} is not there. Make it, or name another.")
    elif where.drivername in ("postgresql", "postgresql+psycopg"):
        where = where.set(drivername="postgresql+psycopg")
    else:
        raise StoreError(f"'{where.drivername}' is no database of custody. Write sqlite:/// or postgresql+psycopg://.")
    return where


def engine_of(url: URL) -> Engine:
    """Return an engine whose connections are set as a store needs them."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=8, max_overflow=16)
    engine = create_engine(
        url, pool_size=8, max_overflow=16, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begins)
    return engine


def _sqlite_connected(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # so that INSERT OR REPLACE cannot slip past the triggers
        "secure_delete = ON",  # what is removed from a projection leaves no bytes behind
        "trusted_schema = OFF",
        "cache_size = -65536",
        "wal_autocheckpoint = 4000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begins(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _key(engine: Engine, url: URL, path: Path) -> Ed25519PrivateKey:
    """Return the key of the log: made with the first record, and the one that the first record names ever after."""
    from chumbak.custody.store.prepare import plain
    from chumbak.custody.store.writer import first_record

    try:
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
            lock(connection)
            row = connection.exec_driver_sql("SELECT id, body FROM log WHERE seq = 1").first()
            if row is None:
                key = read_key(path) if path.exists() else make_key(path)
                public = public_bytes(key)
                record = plain("party", log_id(public), {
                    "role": "log", "algorithm": "Ed25519", "public_key": b64encode(public).decode()
                })  # fmt: skip
                first_record(connection, record, time.time_ns() // 1000)
                return key
        key = read_key(path)
    except FileNotFoundError as error:
        raise StoreError(
            f"The key of this log, {path}, is not there. Put it back, or open the store to read only."
        ) from error
    except (OSError, LogKeyError) as error:
        raise StoreError(f"The key of this log does not open: {error}") from error
    if row.id != log_id(public_bytes(key)):
        raise StoreError(f"{path} is the key of another log. Put the key of this one there, or name it with key=.")
    return key


def log_id(public: bytes) -> str:
    """Return the name of a log: the hash of its public key."""
    return f"urn:chumbak:log:{sha256(public).hexdigest()}"


def shown(url: URL) -> str:
    """Return an address without its password."""
    return url.render_as_string(hide_password=True)


def reason(error: Exception) -> str:
    """Return the first line of what a database says is wrong."""
    text = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
    return text.strip().splitlines()[0].rstrip(".")
