"""The loop from custody to the plan: recoveries measured on real lots, as an overlay for a pack.

Every transformation of a site is a run of one process of the pack. What went into it and what came out are the lots
of its ledger entries, each with the last measurement that events state of it. A run is left out, with the reason, where
a lot was not measured, where only a part of an input was taken, or where it has no output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chumbak.answer.prior import prior_recovery
from chumbak.custody.claims.lots import transformations
from chumbak.custody.measure.amount import Amount
from chumbak.custody.measure.assays import Calibrations, MeasureError, from_measurement
from chumbak.custody.measure.books import measurements, weighing_of
from chumbak.custody.measure.yields import Made, lots_of
from chumbak.custody.store.open import Store
from chumbak.custody.store.read import Event
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.faults import did_you_mean
from chumbak.reconcile.calibrate import Calibrated, calibrate

LOT = "lot:"


@dataclass(frozen=True)
class Calibration:
    """What the runs of a site say of a process: by element, and by event why a run was left out."""

    process: str
    site: str
    runs: int
    found: tuple[Calibrated, ...]
    left_out: Mapping[str, str]


def calibration(
    pack: Pack, store: Store, process: str, site: str, scale: str = "", shared: Calibrations | None = None
) -> Calibration:
    """Return the recoveries of a process of a pack, measured at a site of a store, beside what the pack has.

    ``scale`` weighed the lots; ``shared`` are relative standard uncertainties of scales and methods. Raises
    ``PackError`` for a process that the pack does not have.
    """
    known = pack.nouns.ids("processes")
    if process not in known:
        what = f"'{process}' is no process of the pack '{pack.name}'"
        raise PackError([Fault("--process", 0, "", "unknown-name", what, did_you_mean(process, known))])
    made: dict[str, list[Made]] = {}
    left_out: dict[str, str] = {}
    runs = transformations(store, site)
    for run in runs:
        try:
            for element, one in _run(store, run, scale, shared).items():
                made.setdefault(element, []).append(one)
        except MeasureError as error:
            left_out[run.id] = str(error)
    found = tuple(
        calibrate(process, element, lots_of(listed), prior_recovery(pack, process, element))
        for element, listed in sorted(made.items())
    )
    return Calibration(process, site, len(runs), found, left_out)


def _run(store: Store, run: Event, scale: str, shared: Calibrations | None) -> dict[str, Made]:
    """Return one run by element. Raises ``MeasureError`` where it cannot be used."""
    entries = store.read.entries(run.seq)
    gave = sorted({one.account for one in entries if one.delta < 0 and one.account.startswith(LOT)})
    came = sorted({one.account for one in entries if one.delta > 0 and one.account.startswith(LOT)})
    if not gave or not came:
        raise MeasureError(
            "No content went in with a lot, or none came out with one: a total loss looks as what nobody wrote."
        )
    for account in gave:
        lines = store.read.lines(account, last_seq=run.seq)
        if sum(line.ug for line in lines) or any(line.ug < 0 and line.seq != run.seq for line in lines):
            lot = account.removeprefix(LOT)
            raise MeasureError(f"Only a part of {lot} was taken: its measurement is of the whole.")
    into = [_amounts(store, account.removeprefix(LOT), scale, shared) for account in gave]
    out = [_amounts(store, account.removeprefix(LOT), scale, shared) for account in came]
    elements = sorted({one.element for one in entries if one.account.startswith(LOT)})
    return {
        element: Made(run.id, *(tuple(held[element] for held in side if element in held) for side in (into, out)))
        for element in elements
        if any(held[element].micrograms for held in into if element in held) and any(element in held for held in out)
    }


def _amounts(store: Store, lot: str, scale: str, shared: Calibrations | None) -> dict[str, Amount]:
    """Return what one lot held, as measured, by element; nothing of which nothing was found."""
    measured = measurements(store, lot)
    if not measured:
        raise MeasureError(f"No event states a measurement of {lot}.")
    found = {
        element: from_measurement(one.said, scale, weighing_of(lot, one.event), shared)
        for element, one in measured.items()
    }
    unsure = sorted(element for element, one in found.items() if one.micrograms and not one.sigma)
    if unsure:
        raise MeasureError(f"The measurement of {unsure[0]} in {lot} has no uncertainty: it cannot be weighed.")
    return found
