"""Mistakes in a sentence: those of the user, and ours."""

from __future__ import annotations


class MistakeError(Exception):
    """Something that is the user's to mend; its text says what, where and how."""


class FaultError(Exception):
    """Something that went wrong on our side; its text says what."""
