"""Episodes told beside each other: which hit nobody, and why one costs more than another that stops more."""

from __future__ import annotations

from chumbak.pack import Pack
from chumbak.report.stress_words import ALIKE, Told, lasts_words, title_of, weeks_words, why_not
from chumbak.report.words import money, percent


def unhit(stress: Told, in_all: Told, pack: Pack) -> list[str]:
    """Return a sentence for each episode by which nobody loses output: why not."""
    return [
        f"“{whole['title']}” hits nobody. {why_not(whole, pack)}"
        for name, whole in in_all.items()
        if all(one["first_loss_week"] is None for one in stress[name].values())
    ]


def paradox(stress: Told, in_all: Told, pack: Pack) -> str:
    """Say why an episode costs more than one that stops more; "" where none does.

    Of all such pairs that where most is lost: the product that makes the difference, and how long each lasts.
    """
    pairs = [
        (more, less) for more in in_all for less in in_all
        if in_all[more]["lost_value"] > (1 + ALIKE) * in_all[less]["lost_value"] > 0
        and in_all[more]["reach"]["stopped_abroad"] < in_all[less]["reach"]["stopped_abroad"]
    ]  # fmt: skip
    if not pairs:
        return ""
    more, less = max(pairs, key=lambda pair: (in_all[pair[1]]["lost_value"], in_all[pair[0]]["lost_value"]))
    long, short = in_all[more], in_all[less]
    apart = {user: one["lost_value"] - stress[less][user]["lost_value"] for user, one in stress[more].items()}
    most = max(apart, key=lambda user: apart[user])
    lost = stress[less][most]["lost_value"]
    instead = f"instead of {money(lost, pack.currency)}" if lost > 0 else "instead of nothing"
    rest = long["lost_value"] - stress[more][most]["lost_value"], short["lost_value"] - lost
    return (
        f"“{long['title']}” costs more than “{short['title']}”, though it stops less of what comes from abroad "
        f"({percent(long['reach']['stopped_abroad'])} of the magnets in use against "
        f"{percent(short['reach']['stopped_abroad'])}): it lasts {weeks_words(long['reach']['lasts_weeks'])} against "
        f"{weeks_words(short['reach']['lasts_weeks'])}. The most of the difference is {title_of(long, most)}"
        f"{_outlasted(stress[more][most], short)}: {money(stress[more][most]['lost_value'], pack.currency)} {instead}; "
        f"all others together lose {money(rest[0], pack.currency)} against {money(rest[1], pack.currency)}."
    )


def _outlasted(one: Told, short: Told) -> str:
    """Say that a stock lasts longer than the shorter of two episodes, where it does."""
    weeks = one["time_to_survive_weeks"]
    if weeks is None or weeks < short["reach"]["lasts_weeks"]:
        return ""
    return f", whose stock and goods under way last {lasts_words(weeks)} weeks, longer than the shorter of the two"
