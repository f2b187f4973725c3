"""What comes in and goes out over HTTP: requests as they are asked, answers as they are sent."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import msgspec

from chumbak import __version__
from chumbak.custody.web.limits import Limits
from chumbak.custody.web.problems import MEDIA, ProblemError
from chumbak.custody.web.roles import Caller

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json"
LINKED = "application/ld+json"
VERSION = "2.0.0"
# Headers of every answer. What the standard lets vary does not vary here: one version, one vocabulary.
STANDING = [
    (b"gs1-epcis-version", VERSION.encode()),
    (b"gs1-cbv-version", VERSION.encode()),
    (b"gs1-extensions", b"rem=urn:chumbak:rem:"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
VENDOR = f"chumbak {__version__}"

encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(slots=True)
class Asked:
    """A request: ``parts`` are the segments of its path, decoded one by one, since URIs stand in them."""

    method: str
    parts: tuple[str, ...]
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    given: tuple[str, ...] = ()  # what stands at the open places of the path

    def json(self) -> Any:
        """Return the body. Raises ``ProblemError`` if it is no JSON object."""
        try:
            found = _decode(self.body)
        except (msgspec.MsgspecError, ValueError, RecursionError, ArithmeticError) as error:
            raise ProblemError("validation", f"The body is not JSON: {error}. Mend the JSON.") from None
        if not isinstance(found, dict):
            raise ProblemError("validation", "The body is no JSON object. Put it in braces {...}.")
        return found

    def one(self, name: str, default: str = "") -> str:
        """Return a query parameter that may stand once. Raises ``ProblemError`` if it stands twice."""
        found = [value for key, value in self.query if key == name]
        if len(found) > 1:
            raise ProblemError("parameter", f"'{name}' is given {len(found)} times. Give it once.")
        return found[0] if found else default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a query parameter that is a whole number within bounds. Raises ``ProblemError``."""
        return whole(name, self.one(name), default, least, most)

    def only(self, *names: str) -> None:
        """Raise ``ProblemError`` for a query parameter that is not among ``names``."""
        for name, _ in self.query:
            if name not in names:
                known = f"Known here: {', '.join(names)}." if names else "None is known here."
                raise ProblemError("parameter", f"'{name}' is no query parameter of this address. {known}")


@dataclass(slots=True)
class Answer:
    """What is sent back; ``body`` may come in parts."""

    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""
    media: str = JSON
    headers: list[tuple[str, str]] = field(default_factory=list)


def told(value: Any, status: int = 200, media: str = JSON, **headers: str) -> Answer:
    """Return an answer with a JSON body; words of header names are joined with ``_``."""
    return Answer(status, encode(value), media, [(name.replace("_", "-"), text) for name, text in headers.items()])


def of_problem(problem: ProblemError) -> Answer:
    """Return the answer that tells a problem."""
    return Answer(problem.status, encode(problem.document()), MEDIA, list(problem.headers.items()))


def whole(name: str, text: str, default: int, least: int, most: int) -> int:
    """Return a whole number between bounds, or the default of an empty text. Raises ``ProblemError``."""
    if text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or not least <= int(text) <= most:
        raise ProblemError("parameter", f"'{name}' is '{text[:40]}'. Give a whole number from {least} to {most}.")
    return int(text)


def read_target(scope: Scope, limits: Limits) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Return path segments and query parameters of a request. Raises ``ProblemError``."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope["query_string"]
    if len(raw) + len(query) > limits.target:
        raise ProblemError("uri", f"The address has {len(raw) + len(query)} bytes; at most {limits.target} are taken.")
    if not query and b"%" not in raw and raw.isascii():  # most: nothing in it is encoded
        return _without_end(tuple(raw.decode().split("/")[1:])), []
    path = raw.partition(b"?")[0].decode("ascii", "replace")
    try:
        parts = tuple(unquote(part, errors="strict") for part in path.split("/")[1:])
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=500, errors="strict")
    except ValueError:
        raise ProblemError(
            "parameter", "The address is not UTF-8 in percent-encoding, or has over 500 parameters. Encode it anew."
        ) from None
    texts = [*parts, *(text for pair in pairs for text in pair)]
    if any("\0" in text for text in texts):
        raise ProblemError("parameter", "The address holds the zero character, which no identifier has. Leave it out.")
    return _without_end(parts), pairs


def _without_end(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return segments without the empty one that a slash at the end makes."""
    return parts[:-1] if len(parts) > 1 and parts[-1] == "" else parts


async def read_body(receive: Receive, headers: Mapping[str, str], limits: Limits) -> bytes:
    """Return the body of a request. Raises ``ProblemError`` if it is too large or comes too slowly."""
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise ProblemError("validation", "The Content-Length is no number.")
    if int(length) > limits.size:
        raise _large(limits)
    try:
        async with asyncio.timeout(limits.seconds):
            message = await receive()
            body: bytes = message.get("body", b"")
            if not message.get("more_body"):
                if len(body) > limits.size:
                    raise _large(limits)
                return body
            parts, size = [body], len(body)
            while message.get("more_body"):
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limits.size:
                    raise _large(limits)
            return b"".join(parts)
    except TimeoutError:
        raise ProblemError(
            "slow", f"The request did not arrive within {limits.seconds:.0f} seconds. Send less at once."
        ) from None


def _large(limits: Limits) -> ProblemError:
    return ProblemError(
        "large", f"The request has more than {limits.size:,} bytes. Send it in several documents.",
        headers=limits.headers(),
    )  # fmt: skip


async def send_answer(send: Send, answer: Answer, limits: Limits, head_only: bool = False) -> None:
    """Send an answer; who does not take it in time is let go."""
    headers = [*STANDING]
    if answer.status != 204:
        headers.append((b"content-type", answer.media.encode()))
    headers += [(name.lower().encode(), text.encode("latin-1", "replace")) for name, text in answer.headers]
    body = answer.body
    if isinstance(body, bytes):
        if answer.status != 204:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head_only else body})
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for part in body:
        async with asyncio.timeout(limits.seconds):
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def moment(microseconds: int) -> str:
    """Return a time of the log as text, to the microsecond, in UTC."""
    second, rest = divmod(microseconds, 1_000_000)
    return f"{_second(second)}.{rest:06d}Z"


@lru_cache(maxsize=64)
def _second(second: int) -> str:
    return f"{dt.datetime.fromtimestamp(second, dt.UTC):%Y-%m-%dT%H:%M:%S}"


def segment(text: str) -> str:
    """Return a text as it stands in one segment of a path."""
    return text.translate(_ENCODED) if text.isascii() else quote(text, safe="")


_ENCODED = {code: quote(chr(code), safe="") for code in range(128)}
