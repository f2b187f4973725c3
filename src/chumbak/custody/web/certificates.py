"""Certificates and keys over REST: given, read, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chumbak.custody.claims.issue import WITHDRAWN, IssueError, certificate_of
from chumbak.custody.store.prepare import decode
from chumbak.custody.web.exchange import Answer, Asked, moment, segment, told
from chumbak.custody.web.problems import ProblemError, wrong
from chumbak.custody.web.roles import KEY_ID, ROLES, RoleError, new_key
from chumbak.custody.web.roles import WITHDRAWN as KEY_WITHDRAWN

if TYPE_CHECKING:
    from chumbak.custody.web.service import Service

TOKEN = "application/vc+jwt"
DAYS, MOST_DAYS = 365, 3653
STATUS_DAYS = 7


async def certificates(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /certificates``: those given, with those withdrawn marked."""
    asked.only("lot")
    lot = asked.one("lot")

    def read() -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for record in service.read.records(kind="certificate"):
            if record.id.endswith(WITHDRAWN):
                found.get(record.id.removesuffix(WITHDRAWN), {})["withdrawn"] = moment(record.recorded_us)
            else:
                body = decode(record.body)
                found[record.id] = {"id": record.id, "lot": body["lot"], "given": moment(record.recorded_us)}
        return [one for one in found.values() if not lot or one["lot"] == lot]

    return told({"certificates": await service.reading(read)})


async def certify(service: Service, asked: Asked) -> Answer:
    """Answer ``POST /certificates``: give a certificate of what a lot holds now."""
    body = asked.json()
    _known(body, "lot", "days")
    lot, days = body.get("lot"), body.get("days", DAYS)
    if not isinstance(lot, str) or not 0 < len(lot) <= 4096:
        raise wrong("/lot", "this is no URI of a lot", "Name the lot as events do")
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        raise wrong("/days", "this is no number of days", f"Give 1 to {MOST_DAYS}")
    if await service.reading(service.read.holdings, lot) is None:
        raise ProblemError("missing", f"There is no lot '{lot[:200]}'. Lots are named as in events.")
    try:
        found = await service.ask("certify", lot, service.issuer, service.status_address, days)
    except IssueError as error:
        raise ProblemError("stands", str(error)) from None
    return told(found, 201, Location=f"/certificates/{segment(found['id'])}")


async def certificate(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /certificates/{id}``: the signed token."""
    asked.only()
    token = await service.reading(certificate_of, service.store, asked.given[0])
    if token is None:
        raise _no_certificate(asked.given[0])
    return Answer(200, token.encode(), TOKEN)


async def withdraw(service: Service, asked: Asked) -> Answer:
    """Answer ``POST /certificates/{id}/withdrawal``: withdraw it for good."""
    body = asked.json()
    _known(body, "reason")
    reason = body.get("reason")
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= 2_000:
        raise wrong("/reason", "this is no reason", "Say in 1 to 2,000 characters why it is withdrawn")
    if await service.reading(certificate_of, service.store, asked.given[0]) is None:
        raise _no_certificate(asked.given[0])
    try:
        await service.ask("withdraw", asked.given[0], reason)
    except IssueError as error:
        raise ProblemError("stands", str(error)) from None
    return Answer(204)


async def status(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /status/1``: the signed list of certificates that were withdrawn."""
    asked.only()
    token = await service.ask("status", service.issuer, service.status_address, STATUS_DAYS)
    return Answer(200, str(token).encode(), TOKEN)


async def trust(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /trust``: the public keys of issuer and log."""
    asked.only()
    return told(await service.ask("trust", service.issuer))


async def keys(service: Service, asked: Asked) -> Answer:
    """Answer ``GET /keys``: whose keys there are; never the keys themselves."""
    asked.only()
    await service.reading(service.keys.refresh)
    return told({"keys": [one.document() for one in service.keys.listed()]})


async def make_key(service: Service, asked: Asked) -> Answer:
    """Answer ``POST /keys``: make a key, shown this once."""
    body = asked.json()
    _known(body, "organisation", "roles")
    organisation, roles = body.get("organisation"), body.get("roles")
    if not isinstance(organisation, str):
        raise wrong("/organisation", "this is no name", "Name the organisation that will hold the key")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise wrong("/roles", "this is no list of roles", f"Roles: {', '.join(ROLES)}")
    if not service.keys and "administrator" not in roles:
        raise wrong(
            "/roles", "the first key closes this service to all who have none, and could make no other",
            "Make it an administrator's",
        )  # fmt: skip
    try:
        key, id, record = new_key(organisation, roles)
    except RoleError as error:
        raise wrong("/roles" if "role" in str(error) else "/organisation", str(error).rstrip(".")) from None
    await service.ask("append", "party", id, record)
    await service.reading(service.keys.refresh)
    return told({"id": id, "key": key, "organisation": organisation, "roles": record["roles"]}, 201,
                Location=f"/keys/{segment(id)}")  # fmt: skip


async def drop_key(service: Service, asked: Asked) -> Answer:
    """Answer ``DELETE /keys/{id}``: withdraw a key for good."""
    id = asked.given[0]
    known = {one.id: one for one in service.keys.listed()}
    if id not in known or not id.startswith(KEY_ID):
        raise ProblemError("missing", f"There is no key '{id[:100]}'. See /keys.")
    if not known[id].withdrawn:
        others = [one for one in known.values() if one.id != id and "administrator" in one.roles and not one.withdrawn]
        if not others and "administrator" in known[id].roles:
            raise ProblemError("stands", "This is the last key of an administrator. Make another one first.")
        await service.ask("append", "party", id + KEY_WITHDRAWN, {"role": "key", "by": asked.caller.key})
        await service.reading(service.keys.refresh)
    return Answer(204)


def _known(body: dict[str, Any], *names: str) -> None:
    if unknown := [name for name in body if name not in names]:
        raise wrong(f"/{unknown[0][:80]}", "this field is not known", f"Known: {', '.join(names)}")


def _no_certificate(id: str) -> ProblemError:
    return ProblemError("missing", f"There is no certificate '{id[:200]}'. See /certificates.")
