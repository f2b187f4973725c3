"""Pages: tokens that say where the last one ended, and the link to the next."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote

from chumbak.custody.web.exchange import Answer, Asked, segment
from chumbak.custody.web.parameters import PAGING
from chumbak.custody.web.problems import ProblemError


def linked(answer: Answer, asked: Asked, more: list[tuple[str, str]], per_page: int) -> Answer:
    """Add the link to the next page."""
    if more:
        pairs = [(name, text) for name, text in asked.query if name not in PAGING]
        pairs += [("perPage", str(per_page)), *more]
        path = "/".join(segment(part) for part in asked.parts)
        query = "&".join(f"{quote(name, safe=':')}={quote(text, safe='')}" for name, text in pairs)
        answer.headers.append(("Link", f'</{path}?{query}>; rel="next"'))
    return answer


def closed(text: str) -> str:
    """Return a text as a token."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def opened(token: str) -> str:
    """Return the text of a token. Raises ``ProblemError`` for one that was never handed out."""
    try:
        return urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        raise ProblemError("parameter", "This is no nextPageToken. Start again without one.") from None
