"""Asking for the service and its keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from chumbak.custody.web.roles import WITHDRAWN, Keys, RoleError, new_key
from chumbak.report.ask_custody import WAIT, opened_store
from chumbak.report.mistakes import FaultError, MistakeError
from chumbak.report.terminal import complain


def ask_serve(
    database: str, host: str, port: int, public_read: bool, issuer: str, rate: float, factory: str = "",
    demand_keys: bool = False,
) -> None:  # fmt: skip
    """Serve until a signal ends it. Raises ``MistakeError`` if it cannot start as asked."""
    from chumbak.custody.claims.issue import IssueError, check_issuer
    from chumbak.custody.store.faults import StoreError
    from chumbak.custody.web.limits import Limits
    from chumbak.custody.web.serve import FACTORY, ServeError, serve
    from chumbak.custody.web.service import Settings

    if issuer:
        try:
            check_issuer(issuer)
        except IssueError as error:
            raise MistakeError(str(error)) from None
    settings = Settings(Limits(rate=rate, burst=max(2 * rate, 1.0)), public_read, issuer, demand_keys)
    try:
        serve(database, host, port, settings, complain, factory or FACTORY)
    except (ServeError, StoreError) as error:
        raise MistakeError(str(error)) from None
    except SystemExit as end:
        if end.code:
            raise FaultError("The process that answers requests ended. What it wrote above says why.") from None
    complain("The service has ended; all that was acknowledged is recorded.")


def ask_key(organisation: str, roles: Sequence[str], database: str, as_json: bool) -> None:
    """Make a key and print it. Raises ``MistakeError`` for a role that there is not."""
    try:
        key, id, body = new_key(organisation, roles)
    except RoleError as error:
        raise MistakeError(str(error)) from None
    with opened_store(database) as store:
        if not Keys(store.read) and "administrator" not in roles:
            raise MistakeError("The first key closes the service to all who have none. Make it --role administrator.")
        store.writer.append("party", id, body, wait=WAIT).result()
    if as_json:
        sys.stdout.write(
            json.dumps({"id": id, "key": key, "organisation": organisation, "roles": body["roles"]}) + "\n"
        )
        return
    sys.stdout.write(key + "\n")
    complain(f"Keep it: only its hash is in the store. To withdraw it: chumbak custody key withdraw {id}")


def ask_keys(database: str, as_json: bool) -> None:
    """Print whose keys there are."""
    with opened_store(database, read_only=True) as store:
        listed = Keys(store.read).listed()
    if as_json:
        sys.stdout.write(json.dumps([one.document() for one in listed], indent=1, ensure_ascii=False) + "\n")
        return
    for one in listed:
        state = "withdrawn" if one.withdrawn else ", ".join(one.roles)
        sys.stdout.write(f"{one.id}  {one.organisation}: {state} (made {one.made})\n")
    if not listed:
        sys.stdout.write("There is no key: the service is open to everybody on this machine, and to nobody else.\n")


def ask_withdraw_key(id: str, database: str) -> None:
    """Withdraw a key. Raises ``MistakeError`` for one that is not known."""
    with opened_store(database) as store:
        known = {one.id: one for one in Keys(store.read).listed()}
        if id not in known:
            raise MistakeError(f"There is no key '{id}'. See 'chumbak custody key list'.")
        if not known[id].withdrawn:
            store.writer.append("party", id + WITHDRAWN, {"role": "key", "by": ""}, wait=WAIT).result()
    complain(f"The key of '{known[id].organisation}' is withdrawn; a running service knows within a second.")
