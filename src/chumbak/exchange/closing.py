"""Whether an exchange closes: money from its entries, and every hand-over in custody."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from chumbak.custody.store.open import Store
from chumbak.exchange.market import held
from chumbak.exchange.money import ledger
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.store.tables import outbox

MOST = 20  # events that are named


def faults(engine: Engine, store: Store) -> list[str]:
    """Return what does not close, a sentence each; nothing if all does."""
    with engine.connect() as connection:
        found = ledger.faults_of(connection) + held.faults_of(connection)
        found += [f"Custody refused the event {id}: {reason}" for id, reason in refused(connection)]
        waiting = select(func.count()).where(outbox.c.done_us.is_(None), outbox.c.kind == "event")
        if many := connection.execute(waiting).scalar_one():
            found.append(f"{many} events wait to be told to custody. They are delivered while the exchange is served.")
        told = select(outbox.c.about).where(
            outbox.c.kind == "event", outbox.c.done_us.is_not(None), outbox.c.refused.is_(None)
        )
        names = list(connection.execute(told.order_by(outbox.c.n)).scalars())
    missing = [name for name in names if store.read.record_of(name) is None]
    found += [f"The event {name} was told to custody and is not there." for name in missing[:MOST]]
    if len(missing) > MOST:
        found.append(f"And {len(missing) - MOST} more events.")
    return found
