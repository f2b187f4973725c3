"""What the service does beside capturing: each a function of the store that writes, run in a thread of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from chumbak.custody.claims.issue import IssueError, issue, status_token, trust_document, withdraw
from chumbak.custody.measure.books import in_the_way
from chumbak.custody.store.books import Result
from chumbak.custody.store.open import Store
from chumbak.custody.store.trace import trace

WAIT = 10.0  # seconds that a record waits for its turn


def append(store: Store, kind: str, id: str, body: dict[str, Any]) -> Result:
    """Append a record that is no event. Raises ``Refused`` where another body is kept under its id."""
    return store.writer.append(kind, id, body, wait=WAIT).result()[0]


def head(store: Store) -> dict[str, Any]:
    """Sign the log as it is."""
    return store.writer.sign_head(wait=WAIT).result().document()


def certify(store: Store, lot: str, issuer: str, status: str, days: int) -> dict[str, Any]:
    """Give a certificate of a lot. Raises ``IssueError`` where none is given."""
    if store.read.holdings(lot) is None:
        raise IssueError(f"There is no lot '{lot}' in this store.")
    alarms = in_the_way(store, trace(store, lot))
    found = issue(store, lot, issuer, status, _now(), days=days, alarms=alarms)
    return {"id": found.id, "place": found.place, "token": found.token, "document": found.document}


def undo(store: Store, name: str, reason: str) -> None:
    """Withdraw a certificate, for good. Raises ``IssueError``."""
    withdraw(store, name, reason)


def status(store: Store, issuer: str, address: str, days: int) -> str:
    """Return the signed list of withdrawn certificates."""
    return status_token(store, issuer, address, _now(), days)


def trust(store: Store, issuer: str) -> dict[str, Any]:
    """Return the public keys of issuer and log."""
    return trust_document(store, issuer)


WORK: Mapping[str, Callable[..., Any]] = {
    "append": append, "head": head, "certify": certify, "withdraw": undo, "status": status, "trust": trust,
}  # fmt: skip


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
