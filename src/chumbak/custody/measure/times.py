"""Times as they are written in records."""

from __future__ import annotations

from datetime import datetime


def instant(text: str) -> datetime | None:
    """Return the time of a text in ISO 8601 with an offset (a bare date is its midnight in UTC), or None."""
    try:
        found = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
