"""The service as an ASGI application: who asks, which route, what is answered; a problem told whatever happens."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import DataError, OperationalError

from chumbak.custody.finding import LedgerError
from chumbak.custody.store.faults import Conflict, Refused, StoreError
from chumbak.custody.store.open import Store, log_id
from chumbak.custody.web.capture import Capture
from chumbak.custody.web.channel import Recorder
from chumbak.custody.web.exchange import (
    VENDOR,
    VERSION,
    Answer,
    Asked,
    Receive,
    Scope,
    Send,
    of_problem,
    read_body,
    read_target,
    send_answer,
)
from chumbak.custody.web.limits import Buckets, Limits
from chumbak.custody.web.named import Named
from chumbak.custody.web.problems import ProblemError, of_fault
from chumbak.custody.web.roles import EVERYBODY, NOBODY, OPEN, PUBLIC_READER, ROLES, Caller, Keys
from chumbak.custody.web.routes import allowed, found_route

T = TypeVar("T")
REFRESH = 1.0  # seconds between looks for new and withdrawn keys
READERS = 8  # threads that read the store


@dataclass(frozen=True)
class Settings:
    """How a service is set: its limits, whether it may be read without a key, and the name under which it certifies.

    ``issuer`` is the name of the log if it is empty; ``demand_keys`` closes it also while the store has no key.
    """

    limits: Limits = Limits()  # noqa: RUF009 (frozen)
    public_read: bool = False
    issuer: str = ""
    demand_keys: bool = False


class Service:
    """An ASGI application over a store that is read here and written by a recorder.

    ``opened`` gives both when the application starts, ``closed`` lets go of them.
    """

    def __init__(
        self,
        opened: Callable[[], Awaitable[tuple[Store, Recorder]]],
        settings: Settings,
        closed: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._opened, self._closed = opened, closed
        self.settings, self.limits = settings, settings.limits
        self._buckets = Buckets(settings.limits)
        self._waiting = 0
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the store."""
        self.store, self.recorder = await self._opened()
        self.read = self.store.read
        self.keys = Keys(self.read)
        self.named = Named(self.read)
        self.capture = Capture(self.recorder, self.limits, self.read)
        self.issuer = self.settings.issuer or log_id(self.read.key())
        mark = "/" if self.issuer.startswith("http") else ":"
        self.status_address = f"{self.issuer}{mark}status{mark}1"
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="custody-read")
        self._watch = asyncio.get_running_loop().create_task(self._look_for_keys())

    async def stop(self) -> None:
        """Let go of the store."""
        if self._watch is not None:
            self._watch.cancel()
            self._readers.shutdown(wait=False, cancel_futures=True)
            self.store.close()
        if self._closed is not None:
            await self._closed()

    async def reading(self, work: Callable[..., T], *given: Any) -> T:
        """Do what reads the store in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work, *given)

    async def ask(self, name: str, *given: Any) -> Any:
        """Have the process that writes do something. Raises ``ProblemError`` if it cannot."""
        try:
            return await self.recorder.ask(name, *given)
        except (StoreError, Refused, Conflict, LedgerError) as error:
            raise of_fault(error) from None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI has it."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003, "reason": "Subscriptions are not offered."})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start()
                except (StoreError, OSError) as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def sending(message: Any) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            try:
                answer = await self._answer(scope, receive)
            except ProblemError as problem:
                answer = of_problem(problem)
            except DataError:  # a token that was made up may hold numbers that no column does
                answer = of_problem(ProblemError("parameter", "A value in the address is out of range. Correct it."))
            except OperationalError as error:
                sys.stderr.write(f"The database does not answer: {error.orig}\n")
                answer = of_problem(
                    ProblemError("busy", "The database does not answer. Send it again.", headers={"Retry-After": "5"})
                )
            await send_answer(sending, answer, self.limits, scope["method"] == "HEAD")
        except (TimeoutError, ConnectionError):
            pass  # who asked does not listen any more
        except Exception:
            traceback.print_exc(file=sys.stderr)  # for who runs the service; who asks is told no inner matters
            if not began:
                fault = ProblemError("fault", "The service could not answer. Its log says why.")
                with suppress(Exception):
                    await send_answer(send, of_problem(fault), self.limits)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        caller = self._caller(headers)
        self._buckets.take(caller.key)
        parts, query = read_target(scope, self.limits)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method == "OPTIONS":
            return self._options(allowed(parts))
        route, given = found_route(method, parts)
        if route.may != OPEN and route.may not in caller.may:
            raise _forbidden(caller, route.may)
        _check_versions(headers)
        if self._waiting >= self.limits.waiting:
            raise ProblemError(
                "busy",
                f"{self._waiting} requests are in work. Send it again.",
                headers={"Retry-After": "1"},
            )
        self._waiting += 1
        try:
            body = await read_body(receive, headers, self.limits) if method == "POST" else b""
            return await route.handler(self, Asked(method, parts, query, headers, body, caller, given))
        finally:
            self._waiting -= 1

    def _caller(self, headers: dict[str, str]) -> Caller:
        said = headers.get("authorization")
        if said is None:
            if not self.keys and not self.settings.demand_keys:
                return EVERYBODY
            return PUBLIC_READER if self.settings.public_read else NOBODY
        kind, _, key = said.partition(" ")
        caller = self.keys.caller(key.strip()) if kind.lower() == "bearer" else None
        if caller is None:
            raise ProblemError(
                "security", "The key is not known here, or was withdrawn. Send 'Authorization: Bearer KEY' with one "
                "that is; a new key is known within a second.", headers={"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        return caller

    def _options(self, methods: tuple[str, ...]) -> Answer:
        headers = [
            ("Allow", ", ".join(methods)), ("GS1-EPCIS-Min", VERSION), ("GS1-EPCIS-Max", VERSION),
            ("GS1-CBV-Min", VERSION), ("GS1-CBV-Max", VERSION), ("GS1-Vendor-Version", VENDOR),
            ("GS1-EPC-Format", "Never_Translates"), ("GS1-Capture-Error-Behaviour", "rollback"),
            *self.limits.headers().items(),
        ]  # fmt: skip
        return Answer(204, headers=headers)

    async def _look_for_keys(self) -> None:
        while True:
            await asyncio.sleep(REFRESH)
            try:
                await self.reading(self.keys.refresh)
            except Exception:  # the database may be away for a moment: the keys known stay as they are
                traceback.print_exc(file=sys.stderr)


def _forbidden(caller: Caller, needed: str) -> ProblemError:
    who = " or ".join(role for role, may in ROLES.items() if needed in may)
    if not caller.key:
        return ProblemError(
            "security", f"This needs a key of the role {who}. Send 'Authorization: Bearer KEY'; whoever runs the "
            "service makes one: chumbak custody key make.", headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    return ProblemError("forbidden", f"The key of '{caller.organisation}' does not allow this. Role: {who}.")


def _check_versions(headers: dict[str, str]) -> None:
    """Raise ``ProblemError`` where a version or form is asked for that is not given."""
    for name, sign in (("gs1-epcis-min", 1), ("gs1-epcis-max", -1), ("gs1-cbv-min", 1), ("gs1-cbv-max", -1)):
        if name not in headers:
            continue
        try:
            number = tuple(int(part) for part in (headers[name] + ".0").split(".")[:2])
        except ValueError:
            raise ProblemError("accept", f"{name} is no version. Write 2.0.0.") from None
        if (number > (2, 0)) if sign > 0 else (number < (2, 0)):
            raise ProblemError("accept", f"{name} is {headers[name][:20]}; EPCIS and CBV {VERSION} are spoken here.")
    accept = headers.get("accept")
    if accept and not any(kind.partition(";")[0].strip().lower() in _GIVEN for kind in accept.split(",")):
        raise ProblemError("accept", f"'{accept[:80]}' is not given. Ask for application/json or application/ld+json.")


_GIVEN = {"*/*", "application/*", "application/json", "application/ld+json", "application/problem+json",
          "application/x-ndjson", "application/vc+jwt", "text/html", ""}  # fmt: skip
