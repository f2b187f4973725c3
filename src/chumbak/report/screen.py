"""What is printed stands on the terminal as it is written: of ``urn:x:lot``, ``:x:`` becomes no picture."""

from __future__ import annotations

from rich.console import Console


def screen(stderr: bool = False) -> Console:
    """Return the console for what is printed, or (``stderr``) for what is said beside it."""
    return Console(stderr=stderr, emoji=False)
