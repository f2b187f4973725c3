"""What is sent with a form, counted as it arrives: how many bytes, how long, how many at once.

What a request says of its own length is taken as a hint only: one in pieces says nothing, and one may lie.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request

MOST_BODY = 8_000_000  # bytes of a form with its photographs
MOST_TYPED = 2_000_000  # bytes of a form without files
MOST_FIELDS = 500
SECONDS = 60.0  # that a form may take to arrive
MOST_AT_ONCE, MOST_OF_ADDRESS = 64, 32  # forms that arrive at once; of these from one address


class TooLargeError(Exception):
    """More was sent than is taken."""


class TooSlowError(Exception):
    """It took too long to arrive."""


class TooBusyError(Exception):
    """Too many forms arrive at once."""


class Bodies:
    """The forms that arrive just now."""

    def __init__(self) -> None:
        self._of: Counter[str] = Counter()

    @asynccontextmanager
    async def reading(self, request: Request, address: str) -> AsyncIterator[Request]:
        """Give the request as it may be read. Raises ``TooLargeError``, ``TooSlowError``, ``TooBusyError``."""
        most = MOST_BODY if _has_files(request) else MOST_TYPED
        said = request.headers.get("content-length", "0")
        if not said.isascii() or not said.isdigit() or len(said) > 18 or int(said) > most:
            raise TooLargeError
        if self._of.total() >= MOST_AT_ONCE or self._of[address] >= MOST_OF_ADDRESS:
            raise TooBusyError
        self._of[address] += 1
        try:
            async with asyncio.timeout(SECONDS):
                yield Request(request.scope, _counted(request, most))
        except TimeoutError:
            raise TooSlowError from None
        finally:
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]


def _has_files(request: Request) -> bool:
    return request.headers.get("content-type", "").casefold().startswith("multipart/")


def _counted(request: Request, most: int) -> Any:
    """Return what receives a request and stops where it grows too large.

    Fields of a form without files are counted too, by the signs between them: the parser of such a form has no limit.
    """
    bytes_here = signs = 0
    files = _has_files(request)

    async def receive() -> Any:
        nonlocal bytes_here, signs
        message = await request.receive()
        body = message.get("body", b"")
        bytes_here += len(body)
        signs += 0 if files else body.count(b"&") + body.count(b";")
        if bytes_here > most or signs > MOST_FIELDS:
            raise TooLargeError
        return message

    return receive
