"""How the processes of the service keep their memory."""

from __future__ import annotations

import gc


def tune() -> None:
    """Collect cyclic garbage seldom: there is little of it, and all that is kept in memory is gone over each time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
