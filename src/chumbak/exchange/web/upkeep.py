"""What an exchange does by itself: delivers what waits for custody or a phone, and lets deadlines pass."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable

from chumbak.exchange.desk import SYSTEM, Desk, Work

EVERY = 5.0  # seconds


def deadlines() -> list[Callable[[Work], object]]:
    """Return what each area does when time has passed."""
    from chumbak.exchange.market.closing import close_due
    from chumbak.exchange.people.personal import forget_in_time
    from chumbak.exchange.responsibility import certificates
    from chumbak.exchange.settle.deadlines import pass_deadlines
    from chumbak.exchange.takeback import plant, quotes
    from chumbak.exchange.trust import limits

    return [
        close_due, pass_deadlines, forget_in_time, plant.pass_deadlines, plant.pay_what_waits, certificates.end,
        quotes.forget, limits.forget,
    ]  # fmt: skip


def once(desk: Desk) -> None:
    """Do all of it once: each area's deadlines in a transaction of its own."""
    for passing in deadlines():
        with desk.work(SYSTEM) as work:
            passing(work)
    desk.deliver()


async def keep_up(desk: Desk, say: Callable[[str], None]) -> None:
    """Do it again and again; what fails is told and tried again."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            await asyncio.to_thread(once, desk)
        except Exception:
            say(traceback.format_exc())
