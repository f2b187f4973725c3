"""Asking for the service with the pages of an exchange, on stores of one's own or in an invented town."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from ipaddress import ip_network
from pathlib import Path

from chumbak.answer.exchange_catalogue import exchange_catalogue
from chumbak.custody.store.open import checked
from chumbak.exchange.catalogue import Catalogue, write
from chumbak.exchange.desk import Settings
from chumbak.exchange.words import zone_of
from chumbak.pack import load
from chumbak.report.ask import only_pack
from chumbak.report.ask_exchange_store import FIRST, has_administrator, keep_base, opened_exchange, say_rules
from chumbak.report.ask_service import ask_serve
from chumbak.report.mistakes import MistakeError
from chumbak.report.terminal import complain

FACTORY = "chumbak.exchange.web.worker:make"
LABEL = "This town is invented: nobody and nothing here is real."


@dataclass(frozen=True)
class Exchange:
    """The databases of an exchange and how it is set: as ``Settings`` has it."""

    custody: str
    database: str
    pack: str | None = None
    own: Path | None = None
    base: str = ""
    texts: Path | None = None
    proxies: tuple[str, ...] = ()


def ask_exchange(asked: Exchange, host: str, port: int, public_read: bool, issuer: str, rate: float) -> None:
    """Serve the pages of an exchange until a signal ends it. Raises ``MistakeError`` if it cannot start as asked."""
    from chumbak.exchange.own_rules import faults, in_force

    if asked.own is not None and not asked.own.is_dir():
        raise MistakeError(f"The folder {asked.own} is not there. Make it, or leave --own out.")
    if not asked.base.startswith("https://"):
        raise MistakeError(
            "Say under which address things are named for good: --base https://exchange.example.org. It stands in "
            "every event, so it cannot be changed later."
        )
    for proxy in asked.proxies:
        try:
            ip_network(proxy, strict=False)
        except ValueError:
            raise MistakeError(
                f"'{proxy}' is no address of a proxy. Write --proxy 192.0.2.7, or a network: --proxy 10.0.0.0/8."
            ) from None
    if checked(asked.database) == checked(asked.custody):
        raise MistakeError(
            "The exchange and its custody need a database each, and --exchange and --database name the same one. On a "
            "server make two: postgresql://…/exchange and postgresql://…/custody."
        )
    texts = asked.texts or Path("exchange-texts.jsonl")
    complain(f"Texts to phones are written to {texts}, a line each; whatever sends them reads there.")
    catalogue = exchange_catalogue(load(asked.pack or only_pack()))
    settings = Settings(asked.base.rstrip("/"), zone_of(catalogue.country), own=asked.own, proxies=asked.proxies)
    if wrong := faults(settings, catalogue):
        raise MistakeError("\n".join(wrong))
    with opened_exchange(asked.database) as database:
        keep_base(database, settings.base)
        say_rules(database, in_force(settings))
        known = has_administrator(database)
    if not known:
        complain(f"NOBODY RUNS THIS EXCHANGE YET. Make its administrator: {FIRST.format(database=asked.database)}")
    rules = (
        f"Rules are those of {asked.own}, and the samples where it has none" if asked.own else "Rules are the samples"
    )
    complain(f"{rules}. Open it at {settings.base}: signing in works there only.")
    _serve(asked.custody, asked.database, catalogue, settings, host, port, public_read, issuer, rate, str(texts))


def ask_demo(pack: str | None, host: str, port: int, rate: float) -> None:
    """Fill an invented town and serve it until a signal ends it; then it is gone."""
    from chumbak.custody.web.serve import is_loopback
    from chumbak.exchange.town.fill import OWN, filled

    if not is_loopback(host):
        raise MistakeError("The invented town lets everybody be anybody: it is served to this machine only.")
    catalogue = exchange_catalogue(load(pack or only_pack()))
    settings = Settings(
        "https://town.example",
        zone_of(catalogue.country),
        label=LABEL,
        own=OWN,
        show_messages=True,
        secure_cookies=False,
    )
    folder = Path(tempfile.mkdtemp(prefix="chumbak-town-"))
    try:
        began = time.monotonic()
        complain("Filling an invented town ...")
        said = filled(folder, catalogue, settings)
        complain(f"{said} ({time.monotonic() - began:.0f} s). Open http://{host}:{port}/town to walk every role.")
        custody, database = (f"sqlite:///{folder / name}.db" for name in ("custody", "exchange"))
        _serve(custody, database, catalogue, settings, host, port, True, "", rate)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(
    custody: str, database: str, catalogue: Catalogue, settings: Settings, host: str, port: int, public_read: bool,
    issuer: str, rate: float, texts: str = "",
) -> None:  # fmt: skip
    from chumbak.exchange.web.worker import TOLD, tell

    with tempfile.TemporaryDirectory(prefix="chumbak-") as folder:
        path = Path(folder) / "catalogue.json"
        path.write_text(write(catalogue), encoding="utf-8")
        told = asdict(settings) | {"own": str(settings.own) if settings.own else ""}
        os.environ[TOLD] = tell(database, path, told, texts)
        ask_serve(custody, host, port, public_read, issuer, rate, FACTORY, demand_keys=True)
