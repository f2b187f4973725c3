"""From the process that answers requests to the one that writes: records there, results back.

Python runs one thread at a time in a process, so the writer has a process of its own and what is slow for each request
(reading, checking, hashing) is done in another. Between them runs a Unix socket in a folder that only its owner can
enter. A frame is its length and a pickled list; many requests share one.

``Direct`` does the same without a second process: for tests, and for programs that hold the store themselves.
"""

from __future__ import annotations

import asyncio
import copyreg
import pickle
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

from chumbak.custody.finding import LedgerError
from chumbak.custody.ledger.origin import Origin, parse
from chumbak.custody.ledger.statement import Statement
from chumbak.custody.store.books import Result
from chumbak.custody.store.faults import Conflict, Refused, StoreError
from chumbak.custody.store.open import Store
from chumbak.custody.store.prepare import Prepared
from chumbak.custody.web.work import WORK

_HEAD = struct.Struct(">I")
# With so many requests on their way, a frame waits so long for more: each one wakes a process.
MANY, GATHER = 8, 0.002
LOST = "The writer of this service is gone. Whether the request was recorded is not known: send it again."

# Exceptions keep what they were made of, not the sentence alone. Of records the values alone are sent, which is read
# four times as fast; equal origins become one object again, so that they compare at once.
copyreg.pickle(Conflict, lambda one: (Conflict, (one.id, one.seq)))
copyreg.pickle(Refused, lambda one: (Refused, (one.index, one.id, one.fault)))
copyreg.pickle(Origin, lambda one: (parse, (one.text,)))
_of_prepared = attrgetter(*(field.name for field in fields(Prepared)))
_of_statement = attrgetter(*(field.name for field in fields(Statement)))
copyreg.pickle(Prepared, lambda one: (Prepared, _of_prepared(one)))
copyreg.pickle(Statement, lambda one: (Statement, _of_statement(one)))


class Recorder(Protocol):
    """What can be asked of the process that writes."""

    async def capture(self, prepared: Sequence[Prepared], proceed: bool) -> list[Result]:
        """Append events; returns after the commit. Raises ``Refused``, ``StoreError``, ``Busy``."""

    async def ask(self, name: str, *given: Any) -> Any:
        """Do one of ``WORK``."""


class Bridge:
    """Hands results of other threads to a loop, many at a time: to wake a loop costs more than a result."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._done: deque[tuple[asyncio.Future[Any], bool, Any]] = deque()
        self._awake = False

    def give(self, future: asyncio.Future[Any], well: bool, value: Any) -> None:
        """Resolve a future of the loop, from any thread."""
        self._done.append((future, well, value))
        if not self._awake:
            self._awake = True
            self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._awake = False
        while self._done:
            future, well, value = self._done.popleft()
            if future.done():  # who asked has gone
                continue
            if well:
                future.set_result(value)
            else:
                future.set_exception(value)


class Direct:
    """A recorder in the process that holds the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bridge = Bridge(asyncio.get_running_loop())

    async def capture(self, prepared: Sequence[Prepared], proceed: bool) -> list[Result]:
        """Append events; returns after the commit."""
        waiting: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
        bridge = self._bridge
        self._store.writer.capture(prepared, proceed=proceed).add_done_callback(
            lambda future: bridge.give(waiting, *_outcome(future))
        )
        return await waiting

    async def ask(self, name: str, *given: Any) -> Any:
        """Do one of ``WORK``, in a thread."""
        return await asyncio.to_thread(WORK[name], self._store, *given)


class Remote:
    """A recorder at the other end of a socket. To be opened in a running loop."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: Callable[[], None] | None = None
    ) -> None:
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._reader, self._writer = reader, writer
        self._tickets: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self._outgoing: list[tuple[int, str, tuple[Any, ...]]] = []
        self._task = self._loop.create_task(self._receive())

    @staticmethod
    async def open(path: str, lost: Callable[[], None] | None = None) -> Remote:
        """Return a recorder at the other end of the socket at ``path``; ``lost`` is called if that end goes away."""
        return Remote(*await asyncio.open_unix_connection(path, limit=1 << 20), lost)

    async def capture(self, prepared: Sequence[Prepared], proceed: bool) -> list[Result]:
        """Append events; returns after the commit."""
        results: list[Result] = await self._send("capture", (tuple(prepared), proceed))
        return results

    async def ask(self, name: str, *given: Any) -> Any:
        """Do one of ``WORK`` over there."""
        return await self._send(name, given)

    async def close(self) -> None:
        """Let go of the socket."""
        self._task.cancel()
        self._writer.close()

    def _send(self, name: str, given: tuple[Any, ...]) -> asyncio.Future[Any]:
        if self._task.done():
            raise StoreError(LOST)
        self._last += 1
        waiting = self._tickets[self._last] = self._loop.create_future()
        if not self._outgoing:
            if len(self._tickets) > MANY:
                self._loop.call_later(GATHER, self._flush)
            else:
                self._loop.call_soon(self._flush)
        self._outgoing.append((self._last, name, given))
        return waiting

    def _flush(self) -> None:
        body = pickle.dumps(self._outgoing, protocol=5)
        self._outgoing = []
        self._writer.write(_HEAD.pack(len(body)) + body)

    async def _receive(self) -> None:
        try:
            while True:
                (size,) = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
                for ticket, well, value in pickle.loads(await self._reader.readexactly(size)):
                    waiting = self._tickets.pop(ticket)
                    if waiting.done():
                        continue
                    if well:
                        waiting.set_result(value)
                    else:
                        waiting.set_exception(value)
        except (asyncio.IncompleteReadError, ConnectionError):
            if self._lost is not None:
                self._lost()
        finally:
            for waiting in self._tickets.values():
                if not waiting.done():
                    waiting.set_exception(StoreError(LOST))
            self._tickets.clear()


class Counter:
    """The other end: takes what is asked at a socket, has the store do it, and answers."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store = store
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(path))
        self._server.listen(16)
        self._workers = ThreadPoolExecutor(4, thread_name_prefix="custody-work")
        threading.Thread(target=self._accept, name="custody-counter", daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._server.close()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(connection,), name="custody-desk", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        answers: SimpleQueue[tuple[int, bool, Any] | None] = SimpleQueue()
        threading.Thread(target=_answer, args=(connection, answers), name="custody-answers", daemon=True).start()
        try:
            with connection.makefile("rb", buffering=1 << 20) as file:
                while head := file.read(_HEAD.size):
                    for ticket, name, given in pickle.loads(file.read(*_HEAD.unpack(head))):
                        self._take(ticket, name, given, answers.put)
        except (OSError, EOFError, struct.error):
            pass  # the other end is gone: what it asked is done, and nobody is told
        finally:
            answers.put(None)

    def _take(
        self, ticket: int, name: str, given: tuple[Any, ...], answer: Callable[[tuple[int, bool, Any]], None]
    ) -> None:
        try:
            if name == "capture":
                prepared, proceed = given
                future: Future[Any] = self._store.writer.capture(prepared, proceed=proceed)
            else:
                future = self._workers.submit(WORK[name], self._store, *given)
        except (StoreError, RuntimeError) as error:
            answer((ticket, False, error if isinstance(error, StoreError) else StoreError(LOST)))
            return
        future.add_done_callback(lambda done: answer((ticket, *_outcome(done))))


def _answer(connection: socket.socket, answers: SimpleQueue[tuple[int, bool, Any] | None]) -> None:
    """Send answers as they come, all that wait in one frame."""
    while True:
        ready = [answers.get()]
        if not answers.empty():  # one of a group that is committed: the rest of it follows at once
            time.sleep(GATHER)
        while not answers.empty():
            ready.append(answers.get())
        told = [one for one in ready if one is not None]
        try:
            if told:
                body = pickle.dumps(told, protocol=5)
                connection.sendall(_HEAD.pack(len(body)) + body)
        except OSError:
            return
        if len(told) < len(ready):
            return


def _outcome(future: Future[Any]) -> tuple[bool, Any]:
    error = future.exception()
    if error is None:
        return True, future.result()
    # What is not ours to know is told as a sentence: another process may not be able to read it.
    known = isinstance(error, (StoreError, Refused, Conflict, LedgerError, ValueError))
    return False, error if known else StoreError(f"The writer failed: {error}.")
