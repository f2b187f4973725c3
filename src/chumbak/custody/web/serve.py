"""Starting the service: the store and its writer in this process, requests answered in another by Granian."""

from __future__ import annotations

import ipaddress
import multiprocessing
import os
import resource
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from chumbak.custody.store.open import open_store
from chumbak.custody.web.channel import Counter
from chumbak.custody.web.memory import tune
from chumbak.custody.web.roles import Keys
from chumbak.custody.web.service import Settings
from chumbak.custody.web.worker import TOLD, tell

HEADER_SECONDS = 15  # that the head of a request may take to arrive
BACKLOG, CONNECTIONS = 4_096, 16_384  # that wait to be taken; that are open at once, busy or silent
END_SECONDS = 15  # that requests in work may take when the service ends
FACTORY = "chumbak.custody.web.worker:make"
FIRST_KEY = "chumbak custody key make --organisation NAME --role administrator --database URL"


class ServeError(Exception):
    """The service cannot start as asked; the text says why."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(
    database: str, host: str, port: int, settings: Settings, say: Callable[[str], None], factory: str = FACTORY
) -> None:
    """Serve until a signal ends it. ``say`` is given sentences for who started it.

    ``factory`` makes the application in the process that answers: custody's own, or one that holds it.

    Raises ``ServeError`` if the address is not free, or would be open to others without a key; ``StoreError``.
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    _check_free(host, port)
    folder = Path(tempfile.mkdtemp(prefix="chumbak-"))  # nobody else can enter it, nor the socket in it
    try:
        with open_store(database) as store:
            keys = Keys(store.read)
            closed = bool(keys) or settings.demand_keys
            if not closed and not is_loopback(host):
                raise ServeError(
                    f"{host} can be reached by others, and this store has no key: whoever comes could record events. "
                    f"Make a key first: {FIRST_KEY}"
                )
            counter = Counter(store, folder / "writer")
            shown = f"[{host}]" if ":" in host else host
            described = " (/openapi.json describes it)" if factory == FACTORY else ""
            say(f"Serving {database.rpartition('@')[2]} at http://{shown}:{port}{described}. Ctrl-C ends it.")
            if not closed:
                say(
                    "OPEN: this store has no key, so everybody on this machine may read and record. "
                    f"The first key closes it: {FIRST_KEY}"
                )
            if settings.public_read:
                say("PUBLIC: everybody who reaches this address may read events, lots and certificates without a key.")
            os.environ[TOLD] = tell(database, str(folder / "writer"), settings)
            server = Granian(
                factory, host, port, interface=Interfaces.ASGI, factory=True, workers=1,
                http=HTTPModes.http1, loop=Loops.asyncio, websockets=False, log_level=LogLevels.warning,
                http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
                respawn_failed_workers=True, workers_kill_timeout=END_SECONDS,
                backlog=BACKLOG, backpressure=CONNECTIONS,
            )  # fmt: skip
            # A forked process would hold this one's connections and locks; a new one opens its own.
            multiprocessing.set_start_method("spawn", force=True)
            tune()
            _open_files(CONNECTIONS + 512)
            try:
                server.serve()
            finally:
                counter.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _open_files(wanted: int) -> None:
    """Let this process, and those it makes, open so many files at once, or as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _check_free(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ServeError(f"'{host}' is no address of this machine: {error.strerror or error}.") from None
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as error:
            raise ServeError(
                f"Cannot serve at {host}, port {port}: {error.strerror or error}. Another service may run there; "
                "choose another with --port."
            ) from None
