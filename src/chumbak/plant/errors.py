"""What cannot be: one kind of error, whose text says what, where and how to mend it."""

from __future__ import annotations


class PlantError(ValueError):
    """A flowsheet, a unit or a cost that cannot be: says what, where, and how to mend it."""


class NotConvergedError(PlantError):
    """A solve that did not reach its tolerance: its residual is in ``residual``, in the unit its text names."""

    def __init__(self, text: str, residual: float) -> None:
        super().__init__(text)
        self.residual = residual

    def __reduce__(self) -> tuple[type[NotConvergedError], tuple[str, float]]:
        """Let it come whole out of another process."""
        return type(self), (str(self), self.residual)
