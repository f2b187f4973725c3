"""What waits to be told elsewhere, in order: events to custody, texts to phones.

An event has its id before it waits, so telling it twice changes nothing. One that custody refuses stays, with the
reason, and what is behind it goes on: ``refused`` lists them for a person to look at.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from chumbak.custody.store.faults import StoreError
from chumbak.exchange.store.tables import outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chumbak.exchange.desk import Desk, Work

MOST_AT_ONCE = 500
_one_by_one = Lock()  # so that events of one thing arrive in the order in which they happened


def deliver(desk: Desk) -> int:
    """Deliver what waits; return how many wait still (custody or the messenger did not answer)."""
    with _one_by_one:
        while True:
            with desk.engine.connect() as connection:
                rows = connection.execute(
                    select(outbox).where(outbox.c.done_us.is_(None)).order_by(outbox.c.n).limit(MOST_AT_ONCE)
                ).all()
            if not rows:
                return 0
            events = [row for row in rows if row.kind == "event"]
            try:
                refused = desk.custodian.capture([json.loads(row.body) for row in events])
            except StoreError:
                return _waiting(desk)
            done = dict(zip((row.n for row in events), refused, strict=True))
            for row in rows:
                if row.kind == "message":
                    said = json.loads(row.body)
                    try:
                        desk.messenger.send(said["phone"], said["text"])
                    except OSError:
                        continue
                    done[row.n] = ""
            with desk.work("system") as work:
                for row in rows:
                    if row.n in done:
                        _mark(
                            work, row.n, done[row.n], forget=row.kind == "message" and not desk.settings.show_messages
                        )
            if len(done) < len(rows):
                return _waiting(desk)


def refused(connection: Connection) -> list[tuple[str, str]]:
    """Return the ids of events that custody refused, with the reason: there should be none."""
    found = connection.execute(
        select(outbox.c.about, outbox.c.refused).where(outbox.c.refused.is_not(None)).order_by(outbox.c.n)
    )
    return [(row.about, row.refused) for row in found]


def _mark(work: Work, n: int, reason: str, forget: bool) -> None:
    given = {"done_us": work.now_us, "refused": reason or None} | ({"body": "{}"} if forget else {})
    work.connection.execute(outbox.update().where(outbox.c.n == n).values(**given))
    if reason:
        work.audit("custody-refused", str(n), reason=reason)


def _waiting(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return connection.execute(select(func.count()).where(outbox.c.done_us.is_(None))).scalar_one()
