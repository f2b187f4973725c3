"""One thread that appends to the log, many records a commit.

Whoever sends gets a future; it is resolved only after the commit that holds his records, so that what was answered is
on disk. While one commit is on its way the next group gathers: no record waits for a timer. A refused record costs its
group nothing. If a commit fails, everything in it is rolled back; what failed together is tried once more one by one,
so that nobody fails for another's record, and what fails then is told so.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from chumbak.custody.finding import LedgerError
from chumbak.custody.log.heads import Head, signed
from chumbak.custody.store.books import Books, Group, Result
from chumbak.custody.store.faults import Busy, Conflict, Refused, StoreError
from chumbak.custody.store.open import lock
from chumbak.custody.store.prepare import Prepared, decode, plain

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DAY = 86_400_000_000  # microseconds
LOOK_EVERY = 60.0  # seconds between looks whether a day without records wants its head


@dataclass
class _Order:
    """What one sender wants written together, or (without records) a head signed."""

    prepared: Sequence[Prepared]
    proceed: bool
    future: Future[Any]


class Writer:
    """Appends to the log of an engine's database, and signs its heads with the key.

    ``most_waiting`` records wait at most before ``capture`` says ``Busy``; ``most_at_once`` go into one commit.
    """

    def __init__(
        self, engine: Engine, key: Ed25519PrivateKey, *, most_waiting: int = 10_000, most_at_once: int = 1_000
    ) -> None:
        self.most_waiting, self.most_at_once = most_waiting, most_at_once
        self._engine, self._key = engine, key
        self._books = Books()
        self._orders: deque[_Order] = deque()
        self._waiting = 0
        self._changed = Condition()
        self._closing = False
        self._thread = Thread(target=self._run, name="custody-writer", daemon=True)
        self._thread.start()

    # For senders, from any thread -----------------------------------------------------------------------------------

    def capture(
        self, prepared: Sequence[Prepared], *, proceed: bool = False, wait: float = 0.0
    ) -> Future[list[Result]]:
        """Append records in order; the future gives one ``Result`` for each, after they are committed.

        Without ``proceed`` all or nothing: the first that is refused fails the future with ``Refused``. With it, what
        is refused is told in its result and the others are kept. Raises ``Busy`` if too much waits after ``wait``
        seconds; the future fails with ``StoreError`` if the database cannot commit.
        """
        order = _Order(tuple(prepared), proceed, Future())
        if order.prepared:
            return self._order(order, wait)
        order.future.set_result([])
        return order.future

    def append(self, kind: str, id: str, body: dict[str, Any], *, wait: float = 0.0) -> Future[list[Result]]:
        """Append one record of another kind than an event: party, period, certificate, query."""
        return self.capture([plain(kind, id, body)], wait=wait)

    def sign_head(self, *, wait: float = 0.0) -> Future[Head]:
        """Sign the head of the log as it is; if nothing came since the last head, that one is returned."""
        return self._order(_Order((), False, Future()), wait)

    def close(self) -> None:
        """Write what waits, then stop. Later senders get ``StoreError``."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _order(self, order: _Order, wait: float) -> Future[Any]:
        count = max(1, len(order.prepared))
        with self._changed:
            until = time.monotonic() + wait
            # What alone is more than may wait is let in when nothing else waits.
            while self._waiting and self._waiting + count > self.most_waiting and not self._closing:
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise Busy(f"{self._waiting} records wait to be written. Send it again in a second.")
            if self._closing:
                raise StoreError("The store is closed. Open it again.")
            self._orders.append(order)
            self._waiting += count
            self._changed.notify_all()
        return order.future

    # In the writer's thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._orders and not self._closing:
                    if not self._changed.wait(LOOK_EVERY):
                        break
                if not self._orders and self._closing:
                    return
                orders: list[_Order] = []
                count = 0
                while self._orders and (not orders or count + len(self._orders[0].prepared) <= self.most_at_once):
                    orders.append(self._orders.popleft())
                    count += max(1, len(orders[-1].prepared))
            try:
                self._commit(orders)
            finally:
                with self._changed:
                    self._waiting -= count
                    self._changed.notify_all()

    def _commit(self, orders: list[_Order]) -> None:
        """Commit orders together; if that fails for another reason than the database's state, one by one."""
        orders = [order for order in orders if order.future.set_running_or_notify_cancel()]
        try:
            answers = self._try(orders)
        except OperationalError as error:  # locked, full, gone: the others would fare no better
            answers = [_told(error)] * len(orders)
        except Exception:
            answers = [self._alone(order) for order in orders]
        for order, answer in zip(orders, answers, strict=True):
            if isinstance(answer, Exception):
                order.future.set_exception(answer)
            else:
                order.future.set_result(answer)

    def _alone(self, order: _Order) -> Any:
        """Commit one order, record by record if it may proceed; return what it is answered."""
        try:
            return self._try([order])[0]
        except LedgerError as fault:  # no fault of one record alone: what an account would hold after all
            if not order.proceed:
                return Refused(0, order.prepared[0].id, fault)
            if len(order.prepared) == 1:
                return [Result(order.prepared[0].id, 0, "refused", 0, fault)]
        except Exception as error:
            if not order.proceed or len(order.prepared) == 1:
                return _told(error)
        answers = [self._alone(_Order((one,), True, order.future)) for one in order.prepared]
        failed = next((answer for answer in answers if isinstance(answer, Exception)), None)
        return failed or [result for answer in answers for result in answer]

    def _try(self, orders: list[_Order]) -> list[Any]:
        """Write orders in one transaction; return what each is answered. Nothing of it is kept if this raises."""
        try:
            with self._engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
                lock(connection)
                self._books.catch_up(connection)
                group = Group(connection, self._books)
                self._sign_day(group)
                group.look_up(one for order in orders for one in order.prepared)
                answers = [self._take(group, order) if order.prepared else self._head(group) for order in orders]
                group.write()
        except BaseException:
            self._books.forget()
            raise
        group.close()
        return answers

    def _take(self, group: Group, order: _Order) -> list[Result] | Refused:
        now = time.time_ns() // 1000
        start = group.mark()
        results = []
        for index, prepared in enumerate(order.prepared):
            try:
                results.append(group.take(prepared, now))
            except (LedgerError, Conflict) as fault:
                if not order.proceed:
                    group.rewind(start)
                    return Refused(index, prepared.id, fault)
                results.append(Result(prepared.id, 0, "refused", 0, fault))
        return results

    def _sign_day(self, group: Group) -> None:
        """Sign the head of the last day that had records, once that day is over."""
        if group.seq and group.recorded_us // DAY < time.time_ns() // 1000 // DAY:
            self._head(group)

    def _head(self, group: Group) -> Head:
        """Sign the head of what was taken so far and append it, unless the last record is a head."""
        last = group.last_record()
        if last[0] == "head":
            return Head.of(decode(last[1]))
        head = signed(group.seq, group.frontier.root(), time.time_ns() // 1000, self._key)
        prepared = plain("head", f"urn:chumbak:head:{head.size}:{head.root.hex()}", head.document())
        group.take(prepared, head.time_us)
        return head


def first_record(connection: Connection, prepared: Prepared, now_us: int) -> None:
    """Write the first record of an empty log, in the transaction of the connection."""
    group = Group(connection, Books())
    group.take(prepared, now_us)
    group.write()


def _told(error: Exception) -> Exception:
    """Return the error that a sender is told."""
    if isinstance(error, SQLAlchemyError):
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
        told = StoreError(f"The database did not commit: {reason}. Nothing was kept; send it again.")
        told.__cause__ = error
        return told
    return error
