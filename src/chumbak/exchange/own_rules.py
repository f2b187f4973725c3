"""The operator's own rules, all read before anything is served: what is wrong in them is told at once, together."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.desk import Settings
from chumbak.exchange.money import tax
from chumbak.exchange.people import consent, ladder, phones
from chumbak.exchange.responsibility import rules as duties
from chumbak.exchange.settle import terms
from chumbak.exchange.takeback import tariff
from chumbak.exchange.trust import policy

FAULTS = (
    tax.TaxError, terms.TermsError, duties.DutyError, policy.PolicyError, tariff.TariffError, ladder.LadderError,
    consent.PrivacyError, phones.PhonesError,
)  # fmt: skip


def faults(settings: Settings, catalogue: Catalogue) -> list[str]:
    """Return what is wrong in the rules that are in force, a sentence each; nothing if all can be used."""

    def prices() -> None:
        read = tariff.load(settings.file(tariff.SAMPLE))
        if lacking := tariff.unknown_kinds(read, catalogue):
            raise tariff.TariffError(f"tariff.yaml takes what the catalogue does not have: {', '.join(lacking)}.")

    def taxes() -> None:
        if tax.rules_for(catalogue.country, settings) is None and (own := _own(settings, tax.RULES)):
            raise tax.TaxError(_of_elsewhere(own, catalogue))

    def responsibilities() -> None:
        if duties.duties_for(catalogue.country, settings) is None and (own := _own(settings, duties.RULES)):
            raise duties.DutyError(_of_elsewhere(own, catalogue))

    checks: tuple[Callable[[], object], ...] = (
        prices, lambda: tax.rates_of(settings), lambda: terms.terms_of(settings), lambda: policy.policy_of(settings),
        lambda: ladder.ladder(settings), lambda: consent.privacy(settings),
        lambda: phones.rules_of(settings), taxes, responsibilities,
    )  # fmt: skip
    found = []
    for check in checks:
        try:
            check()
        except FAULTS as error:
            found.append(str(error))
    return found + _unused(settings)


def in_force(settings: Settings) -> dict[str, str]:
    """Return a hash of every file of rules that is in force, own or sample, by its name."""
    return {path.name: sha256(settings.file(path).read_bytes()).hexdigest()[:16] for path in _samples()}


def _samples() -> list[Path]:
    one_each = [module.SAMPLE for module in (tariff, terms, policy, ladder, consent, phones)]
    return [*one_each, tax.RATES, *(path for folder in (tax.RULES, duties.RULES) for path in folder.glob("*.yaml"))]


def _own(settings: Settings, samples: Path) -> list[str]:
    """Return the names of the operator's own files in place of the samples of a folder."""
    return [path.name for path in sorted(samples.glob("*.yaml")) if settings.file(path) != path]


def _of_elsewhere(own: list[str], catalogue: Catalogue) -> str:
    return (
        f"{', '.join(own)} would never be applied: 'jurisdiction' is not {catalogue.country}, where this exchange is."
    )


def _unused(settings: Settings) -> list[str]:
    """Return a sentence for each own file that no rule is read from: its name may be misspelt."""
    if settings.own is None:
        return []
    known = {path.name for path in _samples()}
    return [
        f"{path} is read by nothing: own rules are {', '.join(sorted(known))}."
        for path in sorted(settings.own.glob("*.y*ml"))
        if path.name not in known
    ]
