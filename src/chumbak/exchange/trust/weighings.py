"""Loads weighed twice: whether a scale drifts, and whether a load was changed behind its seal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from chumbak.exchange.refusal import N_
from chumbak.exchange.trust import scales, tables
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.policy import policy_of

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

REMEMBERED = 60  # latest pairs of a scale that are looked at


def weighed_twice(
    work: Work, *, about: str, scale: str, grams: int, other: str, other_grams: int, sigma: float = 0.0, party: str = ""
) -> None:
    """Note one load on two scales (their ids), and raise an alarm about a scale that drifts.

    ``sigma`` is the standard deviation of the difference in grams; 0 takes the policy's relative one of both weighings.
    ``party`` is whose scale the first is. Each scale is looked at by itself; noted once for each ``about``.
    """
    relative = policy_of(work.settings).number("scale", "relative")
    spread = sigma or relative * (grams**2 + other_grams**2) ** 0.5
    sides = ((scale, grams, other, other_grams, party), (other, other_grams, scale, grams, ""))
    for name, own, against, theirs, whose in sides:
        _note(work, about, name, own, against, theirs, max(1, round(spread * 1000)))
        _look(work, name, whose)


def look_at_seal(
    work: Work, *, about: str, seal: str, seal_found: str, score: float | None, against: list[str]
) -> None:  # fmt: skip
    """Raise an alarm if a load came with another seal, or with its seal but not with its weight.

    ``seal`` and ``seal_found`` are numbers as they were typed at both ends, by persons who do not see each other's;
    ``score`` is the difference of the weighings in standard deviations, None where one is missing.
    """
    most = policy_of(work.settings).number("seal", "deviations")
    if _plain(seal) != _plain(seal_found):
        alarm(
            work, "seal", about,
            N_("The seal '%(seal)s' was put on; '%(found)s' came."), against=against, seal=seal or "-",
            found=seal_found or "-",
        )  # fmt: skip
    elif score is not None and abs(score) > most:
        alarm(
            work, "seal", about,
            N_("The seal is the same, the load is not: the weights differ by %(score)s standard deviations. "
               "A person looks above %(most)s."),
            against=against, score=round(abs(score), 1), most=most,
        )  # fmt: skip


def _note(work: Work, about: str, scale: str, grams: int, other: str, other_grams: int, sigma_mg: int) -> None:
    row = {"about": about, "scale": scale, "other": other, "grams": grams, "other_grams": other_grams}
    known = select(tables.pair.c.n).where(tables.pair.c.about == about, tables.pair.c.scale == scale)
    if work.connection.execute(known).first() is None:
        work.connection.execute(tables.pair.insert().values(**row, sigma_mg=sigma_mg, made_us=work.now_us))


def _look(work: Work, scale: str, party: str) -> None:
    policy = policy_of(work.settings)
    t = tables.pair.c
    rows = work.connection.execute(
        select(tables.pair).where(t.scale == scale).order_by(t.n.desc()).limit(REMEMBERED)
    ).all()[::-1]
    pairs = [scales.Pair(row.grams, row.other_grams, row.sigma_mg / 1000) for row in rows]
    h = policy.number("scale", "h")
    found = scales.drift(pairs, policy.number("scale", "k"), h)
    # One load of two scales cannot tell which of them is wrong: a scale needs pairs with more than one other.
    if (found.heavy or found.light) and len({row.other for row in rows}) > 1:
        alarm(
            work, "scale", scale,
            HEAVY if found.heavy else LIGHT, against=[party] if party else [], pairs=found.pairs,
            mean_share=round(abs(found.mean_share), 4), reached=round(found.reached, 1), most=h, scale=scale,
        )  # fmt: skip


HEAVY = N_(
    "The scale %(scale)s reads more than others, by %(mean_share)s over %(pairs)s loads. "
    "The sum of the differences reached %(reached)s standard deviations; a person looks above %(most)s."
)
LIGHT = N_(
    "The scale %(scale)s reads less than others, by %(mean_share)s over %(pairs)s loads. "
    "The sum of the differences reached %(reached)s standard deviations; a person looks above %(most)s."
)


def _plain(seal: str) -> str:
    return "".join(seal.split()).casefold()
