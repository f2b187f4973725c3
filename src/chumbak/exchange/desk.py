"""What the exchange works with, and one transaction of it.

    with desk.work(actor=person.id) as work:      # all or nothing
        ...                                       # engines read and write through work.connection
        work.record(event)                        # told to custody after the commit, again and again until it is there
        work.tell(person.id, N_("Your code is %(code)s."), code=code)

A transaction that writes holds the only lock there is (``BEGIN IMMEDIATE``, an advisory lock on PostgreSQL): of two
that want the same thing the second sees what the first did. A person is named in custody by a URI that means nothing;
who that is, is known to the exchange's own database alone.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import random
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from chumbak.custody.store.open import Store, lock
from chumbak.custody.store.read import Reader
from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.store import tables
from chumbak.exchange.store.outbox import deliver

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without l, o, 0 and 1: an id may be read aloud
SYSTEM = "system"  # the actor of what no person does


class Custodian(Protocol):
    """Where events go, and what is read of custody. ``store`` may be open to read only."""

    store: Store

    def capture(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Record events, in order; return for each "" or why it was refused. Raises ``StoreError``: try again."""


class Messenger(Protocol):
    """Who sends texts to phones."""

    def send(self, phone: str, text: str) -> None:
        """Send a text. Raises ``OSError``: try again."""


@dataclass(frozen=True)
class Settings:
    """How an exchange is set by who runs it.

    ``base`` is the address under which its things are named for good; ``label`` is shown on every page (that a town is
    invented, say); ``own`` is a folder with the operator's own rules, each under the name of the sample that it
    replaces (``tariff.yaml``). ``time_zone`` is an IANA name; the first of ``languages`` is spoken unless told
    otherwise. ``show_messages`` keeps texts to phones to be read at /phone: for an invented town only.
    ``proxies`` are the addresses or networks whose ``X-Forwarded-For`` is believed.
    """

    base: str = "https://exchange.example"
    time_zone: str = "UTC"
    languages: tuple[str, ...] = ("en", "hi")
    label: str = ""
    own: Path | None = None
    show_messages: bool = False
    secure_cookies: bool = True
    proxies: tuple[str, ...] = ()

    def file(self, sample: Path) -> Path:
        """Return the operator's file of the name of a sample, or the sample."""
        chosen = self.own / sample.name if self.own else sample
        return chosen if chosen.is_file() else sample


class NoMessenger:
    """Sends nothing: for a desk whose texts are read at /phone."""

    def send(self, phone: str, text: str) -> None:
        """Do nothing."""


def utc_now() -> dt.datetime:
    """Return the time, in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Desk:
    """An exchange at work."""

    engine: Engine
    secret: bytes
    catalogue: Catalogue
    custodian: Custodian
    settings: Settings = field(default_factory=Settings)
    messenger: Messenger = field(default_factory=NoMessenger)
    random: random.Random = field(default_factory=secrets.SystemRandom)
    clock: Callable[[], dt.datetime] = utc_now

    @property
    def base(self) -> str:
        """Return the address under which things are named."""
        return self.settings.base

    @property
    def custody(self) -> Reader:
        """Return what reads custody."""
        return self.custodian.store.read

    def uri(self, kind: str, id: str) -> str:
        """Return the name of a thing in custody, for good."""
        return f"{self.base}/id/{kind}/{id}"

    def keyed(self, kind: str, text: str) -> str:
        """Return what stands for a phone, serial or address where it must be known again but not read.

        Case, blanks, dashes and forms of letters do not matter.
        """
        plain = "".join(unicodedata.normalize("NFKC", text).casefold().split()).replace("-", "")
        return hmac.new(self.secret, f"{kind}\0{plain}".encode(), sha256).hexdigest()

    @contextmanager
    def work(self, actor: str = "") -> Iterator[Work]:
        """Do something, all or nothing; what is to be told elsewhere is delivered after it."""
        kept: list[Callable[[Work], object]] = []
        try:
            with self.engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
                lock(connection)
                work = Work(self, connection, self.clock(), actor, kept=kept)
                yield work
        except Refusal:
            if kept:
                with self.work(actor) as after:
                    for act in kept:
                        act(after)
            raise
        if work.wiped:
            self._wipe()
        if work.told:
            self.deliver()

    @contextmanager
    def read(self, actor: str = "") -> Iterator[Work]:
        """Read what is, as of one moment."""
        with self.engine.connect() as connection, connection.begin():
            yield Work(self, connection, self.clock(), actor)

    def _wipe(self) -> None:
        """Have SQLite leave nothing of what was removed in the log beside its file; rows it overwrites itself."""
        if self.engine.dialect.name == "sqlite":
            with closing(self.engine.raw_connection()) as raw:
                assert raw.driver_connection is not None
                raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def deliver(self) -> int:
        """Deliver what waits in the outbox; return how many still wait."""
        return deliver(self)


@dataclass
class Work:
    """One transaction. ``now`` is its time, ``actor`` the id of the person who does it."""

    desk: Desk
    connection: Connection
    now: dt.datetime
    actor: str = ""
    told: bool = False
    wiped: bool = False
    kept: list[Callable[[Work], object]] = field(default_factory=list)

    @property
    def catalogue(self) -> Catalogue:
        """Return what devices hold and are worth."""
        return self.desk.catalogue

    @property
    def settings(self) -> Settings:
        """Return how the exchange is set."""
        return self.desk.settings

    @property
    def now_us(self) -> int:
        """Return the time in microseconds, as tables hold it."""
        return microseconds(self.now)

    def new_id(self, kind: str) -> str:
        """Return a new id, such as lot-7k3fz...; nobody can guess one."""
        return f"{kind}-" + "".join(self.desk.random.choice(_LETTERS) for _ in range(13))

    def record(self, event: Mapping[str, Any]) -> str:
        """Have an event told to custody after the commit; return its id."""
        self._out("event", event["eventID"], event)
        return str(event["eventID"])

    def though_refused(self, act: Callable[[Work], object]) -> None:
        """Have something done in a transaction of its own if this one is refused: the rest of it is undone then."""
        self.kept.append(act)

    def wipe(self) -> None:
        """Have what this work removes gone from the disk too, after the commit."""
        self.wiped = True

    def tell(self, person: str, text: str, **values: Any) -> None:
        """Have a text sent to a person's phone, in their language. A person who was erased is told nothing."""
        from chumbak.exchange.people.persons import person as known

        found = known(self, person)
        if found.phone:
            self.text(found.phone, text, found.language, **values)

    def text(self, phone: str, text: str, language: str = "", **values: Any) -> None:
        """Have a text sent to a phone."""
        from chumbak.exchange.words import words

        chosen = language or self.settings.languages[0]
        said = words(chosen, self.catalogue.currency, self.catalogue.country, self.settings.time_zone).say(
            text, **values
        )
        self._out("message", self.desk.keyed("phone", phone), {"phone": phone, "text": said})

    def audit(self, what: str, about: str, **details: Any) -> None:
        """Write down, for good, that the actor did something. Personal data do not belong in ``details``."""
        row = {"made_us": self.now_us, "actor": self.actor, "what": what, "about": about, "details": _json(details)}
        self.connection.execute(tables.audit.insert().values(**row))

    def _out(self, kind: str, about: str, body: Mapping[str, Any]) -> None:
        row = {"kind": kind, "about": about, "body": _json(body), "made_us": self.now_us}
        self.connection.execute(tables.outbox.insert().values(**row))
        self.told = True


def microseconds(when: dt.datetime) -> int:
    """Return a time as tables hold it. Raises ``ValueError`` for one without its zone."""
    if when.tzinfo is None:
        raise ValueError("A time without its zone.")
    return (when - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def moment(us: int) -> dt.datetime:
    """Return the time that a table holds, in UTC."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
