"""What persons agree to: purposes in versions, each given and withdrawn at a time, never overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import ColumnElement, select

from chumbak.exchange.desk import Settings, Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.refusal import N_, Refusal
from chumbak.yaml_text import parsed, shown_fault, text_of

SAMPLE = Path(__file__).parent / "rules" / "privacy.yaml"
SERVICE, DOCUMENTS = "service", "documents"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something to agree to; ``needed``: without it there is no account."""

    id: str
    version: str
    needed: bool
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Privacy:
    """The operator's purposes."""

    purposes: tuple[Purpose, ...]

    def purpose(self, id: str) -> Purpose:
        """Return a purpose. Raises ``KeyError``."""
        found = next((one for one in self.purposes if one.id == id), None)
        if found is None:
            raise KeyError(id)
        return found


class PrivacyError(ValueError):
    """A file of purposes that cannot be used; the message says where and how to mend it."""


def privacy(settings: Settings) -> Privacy:
    """Return what the operator asks persons to agree to. Raises ``PrivacyError``."""
    return _read(settings.file(SAMPLE))


def agree(work: Work, person: str, id: str) -> None:
    """Note that a person agrees to a purpose, in its version of today."""
    purpose = privacy(work.settings).purpose(id)
    if not holds(work, person, id):
        _end(work, person, id)
        row = {"person": person, "purpose": id, "version": purpose.version, "given_us": work.now_us}
        work.connection.execute(t.consents.insert().values(**row))
        work.audit("consent-given", person, purpose=id, version=purpose.version)


def withdraw(work: Work, person: str, id: str) -> None:
    """Note that a person agrees no longer. Raises ``Refusal`` for what an account needs."""
    if privacy(work.settings).purpose(id).needed:
        raise Refusal(N_("Without this there is no account. You can have your account and data removed."), field=id)
    if _end(work, person, id):
        work.audit("consent-withdrawn", person, purpose=id)


def holds(work: Work, person: str, id: str) -> bool:
    """Whether a person agrees to a purpose, in its version of today."""
    version = privacy(work.settings).purpose(id).version
    held = _held(person, id) & (t.consents.c.version == version)
    return work.connection.execute(select(t.consents.c.n).where(held)).first() is not None


def _held(person: str, id: str) -> ColumnElement[bool]:
    mine = (t.consents.c.person == person) & (t.consents.c.purpose == id)
    return mine & t.consents.c.withdrawn_us.is_(None)


def _end(work: Work, person: str, id: str) -> int:
    return work.connection.execute(
        t.consents.update().where(_held(person, id)).values(withdrawn_us=work.now_us)
    ).rowcount


def _flag(said: object, purpose: str, path: Path) -> bool:
    if not isinstance(said, bool):
        raise PrivacyError(f"{path.name}: 'needed' of '{purpose}' is '{said}'; write true or false.")
    return said


@lru_cache(maxsize=8)
def _read(path: Path) -> Privacy:
    try:
        said = parsed(text_of(path, PrivacyError), path.name, PrivacyError)
        purposes = tuple(
            Purpose(one["id"], str(one["version"]), _flag(one["needed"], one["id"], path), one["title"], one["text"])
            for one in said["purposes"]
        )
        found = Privacy(purposes)
    except PrivacyError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise PrivacyError(
            f"{path.name} is not as the sample privacy.yaml is: {shown_fault(error)}. Compare it with the sample."
        ) from error
    missing = {SERVICE, DOCUMENTS} - {one.id for one in purposes}
    if missing:
        raise PrivacyError(f"{path} lacks the purposes {', '.join(sorted(missing))}. Take them from the sample.")
    return found
