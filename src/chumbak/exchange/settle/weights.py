"""Weighbridges at both ends: what each found, whether they agree, and which weight counts.

Net is gross less tare. Two nets agree while they differ by no more than the larger of a share of what left and two
standard uncertainties of both scales together (each scale weighs twice, so its net has sqrt(2) of its error); then the
mean counts. Beyond another share a person looks, however coarse a scale is said to be. What the buyer finds to be
foreign (stones, plastic, water) is taken off what counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

SURE = 2  # standard uncertainties


@dataclass(frozen=True)
class Weighing:
    """One end. Grams; ``u_g`` is the standard uncertainty of one reading of the scale."""

    gross_g: int
    tare_g: int
    u_g: int
    seal: str = ""
    seal_whole: bool = True
    foreign_g: int = 0

    @property
    def net_g(self) -> int:
        """Return gross less tare."""
        return self.gross_g - self.tare_g


@dataclass(frozen=True)
class Weighed:
    """Which weight counts, in grams, before ``foreign_g`` is taken off, and why; ``allowed_g`` is the difference."""

    net_g: int
    foreign_g: int
    by: str
    difference_g: int
    allowed_g: int
    agree: bool
    seal_good: bool

    @property
    def payable_g(self) -> int:
        """Return what is paid for."""
        return max(self.net_g - self.foreign_g, 0)


def weighed(sent: Weighing, arrived: Weighing | None, tolerance: Fraction, most: Fraction) -> Weighed:
    """Return the weight that counts: the mean (also where both disagree, until a person decides), or sent's alone."""
    if arrived is None:
        return Weighed(sent.net_g, 0, "sent", 0, 0, True, True)
    difference = arrived.net_g - sent.net_g
    allowed = allowed_difference(sent, arrived, tolerance, most)
    mean = round(Fraction(sent.net_g + arrived.net_g, 2))
    return Weighed(
        mean, arrived.foreign_g, "mean", difference, allowed, abs(difference) <= allowed, same_seal(sent, arrived)
    )


def allowed_difference(sent: Weighing, arrived: Weighing, tolerance: Fraction, most: Fraction) -> int:
    """Return by how many grams two nets may differ: never by more than the share ``most``, whatever scales state."""
    by_scales = SURE * (2 * sent.u_g**2 + 2 * arrived.u_g**2) ** 0.5
    return min(max(int(tolerance * sent.net_g), int(by_scales)), int(most * sent.net_g))


def fits(net_g: int, sold_g: int, tolerance: Fraction) -> bool:
    """Whether a load is about what was sold (0: it was not sold by weight): off by no more than a share of that."""
    return not sold_g or abs(net_g - sold_g) <= tolerance * sold_g


def same_seal(sent: Weighing, arrived: Weighing) -> bool:
    """Say whether the seal came whole and is the one that left; case, blanks and dashes do not matter."""
    return arrived.seal_whole and plain_seal(sent.seal) == plain_seal(arrived.seal)


def plain_seal(seal: str) -> str:
    """Return the number on a seal as it is compared: case, blanks and dashes do not matter."""
    return "".join(seal.split()).replace("-", "").casefold()
