"""What really happened: record events, trace a lot, certify it, and check that nothing was changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.options import AsJson, PackName, mistakes

verbs = typer.Typer(help="Custody of every gram: events, the ledger of elements, certificates.", no_args_is_help=True)

Database = Annotated[
    str, typer.Option(help="The store: sqlite:///FILE or postgresql+psycopg://HOST/NAME.", envvar="CHUMBAK_DATABASE")
]
DEFAULT = "sqlite:///custody.db"
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="EPCIS 2.0 documents in JSON.")]
Lot = Annotated[str, typer.Argument(metavar="LOT", help="URI of a lot, as events name it.")]
Issuer = Annotated[str | None, typer.Option(help="Who certifies: https:... or did:... . Default: the name of the log.")]
Facts = Annotated[Path | None, typer.Option(metavar="FILE.json", help="Facts that the ledger does not know.")]
Fact = Annotated[list[str] | None, typer.Option(help="One of them: magnet_type=NdFeB. May be repeated.")]
Out = Annotated[Path | None, typer.Option(help="File to write. Default: print it.")]


@verbs.command("lint")
def custody_lint(files: Files) -> None:
    """What is wrong in a document of events, where, and how to mend it."""
    from chumbak.report.ask_custody import ask_lint

    with mistakes():
        ask_lint(files)


@verbs.command("hash")
def custody_hash(files: Files) -> None:
    """The CBV 2.0 hash of each event, by which the same event is known everywhere."""
    from chumbak.report.ask_custody import ask_hash

    with mistakes():
        ask_hash(files)


@verbs.command("record")
def custody_record(files: Files, database: Database = DEFAULT, as_json: AsJson = False) -> None:
    """Record documents of events in a store, each whole or not at all."""
    from chumbak.report.ask_custody import ask_record

    with mistakes():
        ask_record(files, database, as_json)


@verbs.command("trace")
def custody_trace(lot: Lot, database: Database = DEFAULT, as_json: AsJson = False) -> None:
    """What a lot holds, by element and origin, and where each microgram entered."""
    from chumbak.report.ask_custody import ask_trace

    with mistakes():
        ask_trace(lot, database, as_json)


@verbs.command("certify")
def custody_certify(
    lot: Lot,
    database: Database = DEFAULT,
    issuer: Issuer = None,
    status: Annotated[
        str | None, typer.Option(help="Address of the list of what was withdrawn. Default: under the issuer.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3653, help="Days in force.")] = 365,
    rules: Annotated[
        list[str] | None, typer.Option(help="Rule pack whose verdicts it states: us_dfars. May be repeated.")
    ] = None,
    facts: Facts = None,
    fact: Fact = None,
    qr: Annotated[Path | None, typer.Option(help="SVG file for the square code of the certificate.")] = None,
    out: Out = None,
) -> None:
    """Give a signed certificate of what a lot holds, with the proof that the log says so."""
    from chumbak.report.ask_claims_of_lot import read_facts, verdicts_today
    from chumbak.report.ask_custody import ask_certify

    with mistakes():
        verdicts = verdicts_today(lot, database, rules or [], read_facts(facts, fact or []))
        ask_certify(lot, database, issuer, status, days, verdicts, qr, out)


@verbs.command("withdraw")
def custody_withdraw(
    certificate: Annotated[str, typer.Argument(metavar="ID", help="Id of a certificate.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    database: Database = DEFAULT,
) -> None:
    """Withdraw a certificate for good."""
    from chumbak.report.ask_custody import ask_withdraw

    with mistakes():
        ask_withdraw(certificate, reason, database)


@verbs.command("status")
def custody_status(
    database: Database = DEFAULT,
    issuer: Issuer = None,
    status: Annotated[str | None, typer.Option(help="Address of the list. Default: under the issuer.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days it may be relied on.")] = 7,
    out: Out = None,
) -> None:
    """The signed list of certificates that were withdrawn, to publish at its address."""
    from chumbak.report.ask_custody import ask_status

    with mistakes():
        ask_status(database, issuer, status, days, out)


@verbs.command("trust")
def custody_trust(database: Database = DEFAULT, issuer: Issuer = None, out: Out = None) -> None:
    """The public keys of issuer and log, by which others check certificates."""
    from chumbak.report.ask_custody import ask_trust

    with mistakes():
        ask_trust(database, issuer, out)


@verbs.command("head")
def custody_head(database: Database = DEFAULT, out: Out = None) -> None:
    """Sign the log as it is now: keep this elsewhere, and no record before it can be changed unseen."""
    from chumbak.report.ask_custody import ask_head

    with mistakes():
        ask_head(database, out)


@verbs.command("verify")
def custody_verify(
    certificate: Annotated[
        Path | None, typer.Argument(metavar="[CERTIFICATE]", help="A certificate. Without one: the whole store.")
    ] = None,
    database: Database = DEFAULT,
    head: Annotated[list[Path] | None, typer.Option(help="Head that was kept elsewhere; may be repeated.")] = None,
    trust: Annotated[Path | None, typer.Option(help="Keys trusted, from 'custody trust'. With a certificate.")] = None,
    status: Annotated[Path | None, typer.Option(help="List of what was withdrawn. With a certificate.")] = None,
    as_json: AsJson = False,
) -> None:
    """Replay the store and name the first wrong record; or check a certificate, offline. Exit code 1: not good."""
    from chumbak.report.ask_custody import ask_verify, ask_verify_certificate

    with mistakes():
        if certificate is None:
            good = ask_verify(database, head or [], as_json)
        else:
            good = ask_verify_certificate(certificate, trust, status, as_json)
    if not good:
        raise typer.Exit(1)


@verbs.command("backup")
def custody_backup(
    file: Annotated[Path, typer.Argument(help="New file for the copy.")], database: Database = DEFAULT
) -> None:
    """Copy a store while it is in use, and verify the copy."""
    from chumbak.report.ask_custody import ask_backup

    with mistakes():
        ask_backup(file, database)


@verbs.command("close")
def custody_close(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="Area, period and lots: examples/closing.json.")],
    database: Database = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Close a period of an area: what is unaccounted for, by element, and whether measuring explains it."""
    from chumbak.report.ask_measure import ask_close

    with mistakes():
        ask_close(file, database, as_json)


@verbs.command("alarms")
def custody_alarms(database: Database = DEFAULT, as_json: AsJson = False) -> None:
    """Every alarm there has been, open or explained. Certificates wait for open ones."""
    from chumbak.report.ask_measure import ask_alarms

    with mistakes():
        ask_alarms(database, as_json)


@verbs.command("explain")
def custody_explain(
    alarm: Annotated[str, typer.Argument(metavar="ALARM", help="Id of an alarm, from 'custody alarms'.")],
    by: Annotated[str, typer.Option(help="Who says so.")],
    text: Annotated[str, typer.Option(help="What was found.")],
    evidence: Annotated[list[str] | None, typer.Option(help="URI of evidence; may be repeated.")] = None,
    database: Database = DEFAULT,
) -> None:
    """Record what was found out about an alarm; it stays on record."""
    from chumbak.report.ask_measure import ask_explain

    with mistakes():
        ask_explain(alarm, by, text, evidence or [], database)


@verbs.command("claim")
def custody_claim(
    lot: Lot,
    database: Database = DEFAULT,
    model: Annotated[
        str,
        typer.Option(help="identity-preserved, segregated, controlled-blending, rolling-average or credit."),
    ] = "controlled-blending",
    kind: Annotated[list[str] | None, typer.Option(help="Kind of origin claimed. Default: post-consumer.")] = None,
    site: Annotated[str | None, typer.Option(help="Area of a mass balance, as events name it (rem:area).")] = None,
    months: Annotated[int, typer.Option(min=1, max=120, help="Of the average, or for which credit is valid.")] = 12,
    day: Annotated[str | None, typer.Option(help="Last day that counts. Default: today.")] = None,
    element: Annotated[str | None, typer.Option(help="Element that credit is given for.")] = None,
    grams: Annotated[str | None, typer.Option(help="Grams of it, of contained element.")] = None,
    as_json: AsJson = False,
) -> None:
    """What share of a lot comes from waste, by a model of custody (ISO 22095). Credit that is given is recorded."""
    from chumbak.report.ask_claims_of_lot import ask_claim

    with mistakes():
        ask_claim(
            lot, database, model, kind or ["post-consumer"], site, months, day, element, grams, as_json
        )  # fmt: skip


@verbs.command("judge")
def custody_judge(
    lot: Lot,
    database: Database = DEFAULT,
    rules: Annotated[list[str] | None, typer.Option(help="Rule pack by name, or a file. Default: all.")] = None,
    day: Annotated[str | None, typer.Option(help="Day to judge on. Default: today.")] = None,
    facts: Facts = None,
    fact: Fact = None,
    as_json: AsJson = False,
) -> None:
    """What dated rules say of a lot: pass, fail, not yet applicable, or cannot tell, with the reason."""
    from chumbak.report.ask_claims_of_lot import ask_judge

    with mistakes():
        ask_judge(lot, database, rules or [], day, facts, fact or [], as_json)


loop = typer.Typer()


@loop.command()
def calibrate(
    pack: PackName,
    process: Annotated[str | None, typer.Option(help="Process of the pack, such as sinter.")] = None,
    site: Annotated[str | None, typer.Option(help="Area in which it runs, as events name it (rem:area).")] = None,
    database: Database = DEFAULT,
    scale: Annotated[str, typer.Option(help="The scale that weighed the lots.")] = "",
    exchange: Annotated[
        str | None, typer.Option(help="Fit the steps of collection to the sales of this exchange: sqlite:///FILE.")
    ] = None,
    reach: Annotated[
        float, typer.Option(help="With --exchange: share of holders who know of it and could sell, above 0 to 1.")
    ] = 1.0,
    fetching: Annotated[
        float, typer.Option(help="With --exchange: what fetching costs, money of the pack a counted tonne.")
    ] = 0.0,
    step: Annotated[
        list[str] | None,
        typer.Option(help="With --exchange: measure a step's cost by these sellers: households=household,office."),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Whose lots these are, for the evidence.")] = None,
    out: Annotated[Path | None, typer.Option(help="Overlay to write, for --overlay of other verbs.")] = None,
    as_json: AsJson = False,
) -> None:
    """What measured lots say of a process of the plan, or sales of how much is handed over at which price: overlays."""
    from chumbak.report.ask_calibrate import ask_calibrate
    from chumbak.report.ask_collection import ask_collection
    from chumbak.report.mistakes import MistakeError

    with mistakes():
        if exchange is not None and not process and not site:
            ask_collection(pack, exchange, reach, fetching, step or [], source, out, as_json)
        elif exchange is None and process and site:
            ask_calibrate(pack, database, process, site, scale, source, out, as_json)
        else:
            raise MistakeError(
                "Say what to calibrate: --process with --site for a recovery, or --exchange alone for collection."
            )
