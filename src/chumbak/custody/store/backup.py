"""Copies of a store while it is in use, and back.

A SQLite store is copied by SQLite itself, page by page in one consistent state, to a file of its own; the copy is then
verified. The key of the log is not copied: who restores puts it beside the file. PostgreSQL has its own tools
(``pg_dump``, base backups); ``docs/custody_store.md`` says how.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Engine

from chumbak.custody.store.faults import StoreError
from chumbak.custody.store.open import Store, open_store
from chumbak.custody.store.replay import Verdict, replay


def backup(store: Store, path: Path) -> Verdict:
    """Copy a SQLite store to a new file and verify the copy. Raises ``StoreError``; then no file is left."""
    copy_file(store.engine, path)
    with open_store(f"sqlite:///{path}", read_only=True) as copied:
        return replay(copied)


def copy_file(engine: Engine, path: Path) -> None:
    """Copy a SQLite database, as of one moment, to a new file. Raises ``StoreError``; then no file is left."""
    if engine.dialect.name != "sqlite":
        raise StoreError("This store is on a server: copy it with pg_dump (docs/custody_store.md says how).")
    if path.exists():
        raise StoreError(f"{path} is there already. Name a new file.")
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with engine.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            copy = sqlite3.connect(part)
            try:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
            finally:
                copy.close()
        _on_disk(part)
        part.rename(path)
        _on_disk(path.parent)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"The copy to {path} failed: {error}. Nothing was left there.") from error


def _on_disk(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
