"""How a store of an older edition becomes one of today: one function for each step, in order, never edited again."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect

from chumbak.custody.store import tables
from chumbak.custody.store.faults import StoreError

# Step i turns edition i + 1 into i + 2, in the transaction it is given. Tables of today are made by ``tables.make``.
STEPS: list[Callable[[Connection], None]] = []


def bring_up(connection: Connection, change: bool) -> None:
    """Make the tables of an empty database, or bring an older edition up to date; refuse a newer one.

    Without ``change`` an older edition is refused as well. Raises ``StoreError``.
    """
    today = 1 + len(STEPS)
    if not inspect(connection).has_table("edition"):
        if inspect(connection).get_table_names():
            raise StoreError("This database holds other tables and no store. Name an empty one.")
        if change:
            tables.make(connection, today)
        return
    numbers = [row[0] for row in connection.exec_driver_sql("SELECT number FROM edition")]
    if len(numbers) != 1 or numbers[0] < 1:
        raise StoreError("The edition of this store is not told: its table 'edition' is damaged. Restore a backup.")
    edition = numbers[0]
    if edition > today:
        raise StoreError(f"This store is of edition {edition}; this version of Chumbak knows {today}. Update Chumbak.")
    if edition < today and not change:
        raise StoreError(
            f"This store is of edition {edition}, today's is {today}. Open it once to write: that moves it."
        )
    for step in STEPS[edition - 1 :]:
        step(connection)
    if edition < today:
        connection.execute(tables.edition.update().values(number=today))
