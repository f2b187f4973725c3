"""Asking an exchange's own database: its first administrator, whether money and mass close, a copy of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chumbak.report.ask import only_pack
from chumbak.report.mistakes import MistakeError
from chumbak.report.terminal import complain

if TYPE_CHECKING:
    from chumbak.exchange.catalogue import Catalogue
    from chumbak.exchange.desk import Desk, Settings
    from chumbak.exchange.store.open import Database

RULES = "rules"  # what it calls the rules by which it was served
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


def _check_custody_there(custody: str) -> None:
    """Raise ``MistakeError`` where an exchange has no custody yet: nothing is made by looking for it."""
    from chumbak.custody.store.faults import StoreError
    from chumbak.custody.store.open import checked

    try:
        url = checked(custody)
    except StoreError as error:
        raise MistakeError(str(error)) from None
    file = Path(url.database or "")
    if url.get_backend_name() == "sqlite" and not (file.is_file() and _has_tables(file)):
        raise MistakeError(
            f"There is no custody at {custody}. It is made when the exchange is served first: "
            f"chumbak serve --exchange … --database {custody} --base https://…"
        )


def _has_tables(file: Path) -> bool:
    """Whether a file is a database of SQLite that holds any table."""
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True  # whoever opens it says what is wrong with it


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


def say_rules(database: Database, rules: Mapping[str, str]) -> None:
    """Tell which rules are not those with which the exchange was served last (by name, with a hash), and keep them."""
    import json
    import time

    from sqlalchemy import select

    from chumbak.exchange.desk import SYSTEM
    from chumbak.exchange.store.tables import audit

    with database.engine.begin() as connection:
        asked = select(audit.c.details).where(audit.c.what == RULES).order_by(audit.c.n.desc()).limit(1)
        kept = connection.execute(asked).scalars().first()
        before = json.loads(kept) if kept else dict(rules)
        if kept is None or before != rules:
            row = {"made_us": time.time_ns() // 1000, "actor": SYSTEM, "what": RULES, "about": ""}
            connection.execute(audit.insert().values(**row, details=json.dumps(dict(rules), sort_keys=True)))
    if other := sorted(name for name in {*before, *rules} if before.get(name) != rules.get(name)):
        complain(
            f"THE RULES ARE NOT THOSE OF THE LAST START: {', '.join(other)} differ. If another server runs on this "
            "database, it goes on by the others: stop one of the two."
        )


def ask_administrator(name: str, phone: str, place: str, url: str, pack: str | None) -> None:
    """Make the first administrator of an exchange. Raises ``MistakeError``, also where there is one."""
    from chumbak.answer.exchange_catalogue import exchange_catalogue
    from chumbak.exchange.desk import SYSTEM, Settings
    from chumbak.exchange.people.persons import ADMINISTRATOR, checked_name, register
    from chumbak.exchange.people.phones import plain_phone
    from chumbak.exchange.refusal import Refusal
    from chumbak.exchange.words import zone_of
    from chumbak.pack import load

    catalogue = exchange_catalogue(load(pack or only_pack()))
    settings = Settings(time_zone=zone_of(catalogue.country))
    if catalogue.place(place) is None:
        known = ", ".join(one.id for one in catalogue.places)
        raise MistakeError(f"--place '{place}' is none of the catalogue. Say one of: {known}.")
    try:  # before the database: a mistake leaves no empty exchange behind
        checked_name(name)
        plain_phone(settings, catalogue.country, phone)
    except Refusal as refusal:
        raise MistakeError(str(refusal)) from None
    with opened_exchange(url) as database:
        if has_administrator(database):
            raise MistakeError("This exchange has an administrator: they give roles, at /people.")
        try:
            with _desk(database, catalogue, settings).work(SYSTEM) as work:
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
    _check_custody_there(custody)
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


def _desk(database: Database, catalogue: Catalogue, settings: Settings) -> Desk:
    """Return a desk that tells custody nothing: for what concerns persons alone."""
    from chumbak.exchange.custodians import Nobody
    from chumbak.exchange.desk import Desk

    return Desk(database.engine, database.secret, catalogue, Nobody(), settings)
