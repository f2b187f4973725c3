"""The operator's own rules, all read before anything is served: what is wrong in them is told at once, together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.desk import Settings
from chumbak.exchange.money import tax
from chumbak.exchange.people import consent, ladder
from chumbak.exchange.responsibility import rules as duties
from chumbak.exchange.settle import terms
from chumbak.exchange.takeback import tariff
from chumbak.exchange.trust import policy

FAULTS = (
    tax.TaxError, terms.TermsError, duties.DutyError, policy.PolicyError, tariff.TariffError, ladder.LadderError,
    consent.PrivacyError,
)  # fmt: skip


def faults(settings: Settings, catalogue: Catalogue) -> list[str]:
    """Return what is wrong in the rules that are in force, a sentence each; nothing if all can be used."""

    def prices() -> None:
        read = tariff.load(settings.file(tariff.SAMPLE))
        if lacking := tariff.unknown_kinds(read, catalogue):
            raise tariff.TariffError(f"tariff.yaml takes what the catalogue does not have: {', '.join(lacking)}.")

    checks: tuple[Callable[[], object], ...] = (
        prices, lambda: tax.rates_of(settings), lambda: terms.terms_of(settings), lambda: policy.policy_of(settings),
        lambda: ladder.ladder(settings), lambda: consent.privacy(settings),
        lambda: duties.duties_for(catalogue.country, settings),
    )  # fmt: skip
    found = []
    for check in checks:
        try:
            check()
        except FAULTS as error:
            found.append(str(error))
    return found + _unused(settings)


def _unused(settings: Settings) -> list[str]:
    """Return a sentence for each own file that no rule is read from: its name may be misspelt."""
    if settings.own is None:
        return []
    known = {path.name for path in Path(__file__).parent.rglob("*.yaml")}
    return [
        f"{path} is read by nothing: own rules are {', '.join(sorted(known))}."
        for path in sorted(settings.own.glob("*.y*ml"))
        if path.name not in known
    ]
