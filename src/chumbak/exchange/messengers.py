"""Who sends texts to phones: here a file that whatever sends them reads. Another sender is a class with ``send``."""

from __future__ import annotations

import json
import os
from pathlib import Path


class ToFile:
    """Writes each text as a line of JSON, on disk before it counts as sent; only its owner reads the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, phone: str, text: str) -> None:
        """Write a text. Raises ``OSError``."""
        line = json.dumps({"phone": phone, "text": text}, ensure_ascii=False) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
