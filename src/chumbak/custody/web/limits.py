"""How much is taken: of one request, of one key a second, of all at once."""

from __future__ import annotations

import time
from dataclasses import dataclass

from chumbak.custody.epcis.document import LIMITS
from chumbak.custody.epcis.document import Limits as DocumentLimits
from chumbak.custody.web.problems import ProblemError

MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """``size`` in bytes of a body, ``events`` of a document, ``depth`` of its lists and objects in each other.

    ``target`` is the length of an address with its query, ``seconds`` how long a body may take to arrive and a part of
    an answer to be taken, ``rate`` requests a second of one key (``burst`` at once), ``waiting`` requests in work at
    once, ``search`` seconds that a query may read.
    """

    size: int = LIMITS.size
    events: int = LIMITS.events
    depth: int = LIMITS.depth
    target: int = 32_000
    seconds: float = 30.0
    rate: float = 5_000.0
    burst: float = 10_000.0
    waiting: int = 1_024
    search: float = 10.0

    def document(self) -> DocumentLimits:
        """Return those of a document."""
        return DocumentLimits(self.size, self.events, self.depth)

    def headers(self) -> dict[str, str]:
        """Return the headers by which EPCIS tells them."""
        return {
            "GS1-EPCIS-Capture-Limit": str(self.events), "GS1-EPCIS-Capture-File-Size-Limit": str(self.size)
        }  # fmt: skip


class Buckets:
    """A bucket of tokens for each key: filled at ``rate`` a second up to ``burst``, one token a request."""

    def __init__(self, limits: Limits) -> None:
        self._rate, self._burst = limits.rate, limits.burst
        self._filled: dict[str, tuple[float, float]] = {}  # key: tokens, when

    def take(self, key: str) -> None:
        """Take a token. Raises ``ProblemError`` with the time to wait if there is none."""
        now = time.monotonic()
        tokens, when = self._filled.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - when) * self._rate)
        if tokens < 1:
            wait = (1 - tokens) / self._rate
            raise ProblemError(
                "rate", f"This key may ask {self._rate:g} times a second. Wait, then send it again.",
                headers={"Retry-After": str(max(1, round(wait + 0.5)))},
            )  # fmt: skip
        if len(self._filled) >= MOST_BUCKETS and key not in self._filled:
            self._filled.clear()  # all begin full again: better than to keep whoever ever came
        self._filled[key] = tokens - 1, now
