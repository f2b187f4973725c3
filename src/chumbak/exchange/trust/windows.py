"""Limits over sliding windows of time, on plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Limit:
    """At ``most`` so much (None: no bound) in any ``days``, and a look from more than ``watch`` on (None: none).

    ``of``: payee, address or group (of related parties). ``what``: devices or paise. ``kinds``: of which kinds
    of party, none given: of all.
    """

    of: str
    what: str
    days: int
    most: int | None
    watch: int | None
    kinds: frozenset[str] = frozenset()

    def binds(self, kind: str) -> bool:
        """Say whether it holds for a kind of party."""
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class Use:
    """So much was used at a time (microseconds)."""

    at_us: int
    amount: int


def used(uses: Sequence[Use], now_us: int, days: int) -> int:
    """Return what was used in the last days: a use that is exactly as old as the window has left it."""
    since = now_us - days * DAY_US
    return sum(use.amount for use in uses if use.at_us > since)


def frees(uses: Sequence[Use], now_us: int, days: int, most: int, more: int) -> int | None:
    """Return when (microseconds) so much more fits under the limit; None if it never will."""
    if more > most:
        return None
    since = now_us - days * DAY_US
    left = sorted((use for use in uses if use.at_us > since), key=lambda use: use.at_us)
    over = sum(use.amount for use in left) + more - most
    if over <= 0:
        return now_us
    for use in left:
        over -= use.amount
        if over <= 0:
            return use.at_us + days * DAY_US
    raise AssertionError("all that was used has left the window")
