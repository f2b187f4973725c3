"""Asking an exchange's own database: its first administrator, whether money and mass close, a copy of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chumbak.report.ask import only_pack
from chumbak.report.mistakes import MistakeError
from chumbak.report.terminal import complain

if TYPE_CHECKING:
    from chumbak.exchange.desk import Desk
    from chumbak.exchange.store.open import Database

BASE = "named"  # what the audit log calls the address under which an exchange names things
FIRST = "chumbak exchange administrator NAME --phone PHONE --place PLACE --exchange {database}"


def check_there(database: str) -> None:
    """Raise ``MistakeError`` where no exchange can be: one that is opened there would be a new one."""
    from chumbak.custody.store.faults import StoreError
    from chumbak.custody.store.open import checked

    try:
        url = checked(database)
    except StoreError as error:
        raise MistakeError(str(error)) from None
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise MistakeError(f"There is no exchange at {database}. Name the database that 'chumbak serve' writes.")


@contextmanager
def opened_exchange(url: str) -> Iterator[Database]:
    """Open the database of an exchange. Raises ``MistakeError`` where it does not open."""
    from chumbak.custody.store.faults import StoreError
    from chumbak.exchange.store.open import open_exchange

    try:
        database = open_exchange(url)
    except StoreError as error:
        raise MistakeError(str(error)) from None
    try:
        yield database
    finally:
        database.engine.dispose()


def has_administrator(database: Database) -> bool:
    """Whether somebody runs an exchange."""
    from sqlalchemy import select

    from chumbak.exchange.people.persons import ADMINISTRATOR
    from chumbak.exchange.people.tables import roles

    with database.engine.connect() as connection:
        return connection.execute(select(roles.c.person).where(roles.c.role == ADMINISTRATOR)).first() is not None


def keep_base(database: Database, base: str) -> None:
    """Write the base of an exchange down when it is served first; raise ``MistakeError`` for another one later."""
    import json
    import time

    from sqlalchemy import select

    from chumbak.exchange.desk import SYSTEM
    from chumbak.exchange.store.tables import audit

    with database.engine.begin() as connection:
        kept = connection.execute(select(audit.c.about).where(audit.c.what == BASE)).scalars().first()
        if kept is None:
            row = {"made_us": time.time_ns() // 1000, "actor": SYSTEM, "what": BASE, "about": base}
            connection.execute(audit.insert().values(**row, details=json.dumps({})))
    if kept is not None and kept != base:
        raise MistakeError(
            f"This exchange names things under {kept}, and was started with --base {base}. Names stand in every event "
            f"for good: start it with --base {kept}."
        )


def ask_administrator(name: str, phone: str, place: str, url: str, pack: str | None) -> None:
    """Make the first administrator of an exchange. Raises ``MistakeError``, also where there is one."""
    from chumbak.exchange.desk import SYSTEM
    from chumbak.exchange.people.persons import ADMINISTRATOR, register
    from chumbak.exchange.refusal import Refusal

    with opened_exchange(url) as database:
        if has_administrator(database):
            raise MistakeError("This exchange has an administrator: they give roles, at /people.")
        desk = _desk(database, pack)
        if desk.catalogue.place(place) is None:
            known = ", ".join(one.id for one in desk.catalogue.places)
            raise MistakeError(f"--place '{place}' is none of the catalogue. Say one of: {known}.")
        try:
            with desk.work(SYSTEM) as work:
                made = register(work, phone, name, place, ADMINISTRATOR, kind="office")
        except Refusal as refusal:
            raise MistakeError(str(refusal)) from None
    complain(f"{name} is the administrator ({made.id}). They sign in with this phone, and give others their roles.")


def ask_check(url: str, custody: str) -> bool:
    """Print what does not close in an exchange and its custody; return whether all does."""
    from chumbak.custody.store.replay import replay
    from chumbak.exchange.closing import faults
    from chumbak.report.ask_custody import opened_store

    check_there(url)
    with opened_exchange(url) as database, opened_store(custody, read_only=True) as store:
        found = faults(database.engine, store)
        verdict = replay(store)
    if not verdict.sound:
        found.append(f"Custody: {verdict.what}")
    for line in found:
        sys.stdout.write(line + "\n")
    if not found:
        sys.stdout.write("Money closes, every event is in custody, and every record is as it was written.\n")
    return not found


def ask_exchange_backup(file: Path, url: str) -> None:
    """Copy the database of an exchange while it is in use. Raises ``MistakeError``."""
    from chumbak.custody.store.backup import copy_file
    from chumbak.custody.store.faults import StoreError

    check_there(url)
    with opened_exchange(url) as database:
        try:
            copy_file(database.engine, file)
        except StoreError as error:
            raise MistakeError(str(error)) from None
    complain(f"Copied to {file}. Keep the secret beside the database as well, in another place; copy custody too.")


def _desk(database: Database, pack: str | None) -> Desk:
    """Return a desk that tells custody nothing: for what concerns persons alone."""
    from chumbak.answer.exchange_catalogue import exchange_catalogue
    from chumbak.exchange.custodians import Nobody
    from chumbak.exchange.desk import Desk, Settings
    from chumbak.exchange.words import zone_of
    from chumbak.pack import load

    catalogue = exchange_catalogue(load(pack or only_pack()))
    settings = Settings(time_zone=zone_of(catalogue.country))
    return Desk(database.engine, database.secret, catalogue, Nobody(), settings)
