"""The square code on a magnet or a packing list: where its certificate is, and which one it is.

A whole certificate is too long for a code that a telephone reads. The code holds its address and, behind the ``#``,
which is never sent to a server, the SHA-256 of the token: another certificate at the same address is found out.
"""

from __future__ import annotations

import io
from hashlib import sha256


def link(address: str, token: str) -> str:
    """Return what the code says of a certificate that can be fetched at ``address``."""
    return f"{address}#sha256={digest(token)}"


def digest(token: str) -> str:
    """Return the SHA-256 of a token, hexadecimal."""
    return sha256(token.strip().encode()).hexdigest()


def is_of(link: str, token: str) -> bool:
    """Say whether a code that was read is that of this certificate."""
    return link.rpartition("#sha256=")[2] == digest(token)


def picture(text: str) -> bytes:
    """Return the code as SVG; it reads with 15 % of it lost (level M). Raises ``ValueError`` if it is too long."""
    import segno

    out = io.BytesIO()
    try:
        segno.make(text, error="m", micro=False).save(out, kind="svg", scale=4, border=4, xmldecl=False)
    except segno.DataOverflowError:
        raise ValueError(f"the text is too long for a code: {len(text)} characters") from None
    return out.getvalue()
