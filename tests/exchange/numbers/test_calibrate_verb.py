"""``chumbak calibrate PACK --exchange``: from sales in a database to an overlay that the pack takes."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from chumbak.cli import app
from chumbak.exchange.people.persons import RECYCLER, register
from chumbak.pack import load
from tests.exchange.house import desk
from tests.exchange.numbers.town import citizens, collector, paid_device

RUN = CliRunner()


def asked(*words: str) -> tuple[int, str]:
    found = RUN.invoke(app, ["calibrate", "india", *words])
    return found.exit_code, found.output


def test_sales_become_an_overlay_and_mistakes_a_sentence(tmp_path: Path) -> None:
    with desk(tmp_path) as town:
        with town.work("system") as work:
            recycler = register(work, "+919800000001", "Recycler", "UP", RECYCLER).party
            by = collector(work)
            for n, one in enumerate(citizens(work, 6, "UP")):
                paid_device(work, one, recycler, by, place="UP" if n else "nowhere", paise=30_000)
        town.deliver()
    database, out = f"sqlite:///{tmp_path / 'exchange.db'}", tmp_path / "collection.csv"
    code, text = asked("--exchange", database, "--reach", "0.0001", "--out", str(out), "--json")
    assert code == 0, text
    said = json.loads(text[text.index("{") :])
    assert (len(said["cells"]), sum(said["left_out"].values())) == (1, 1)
    assert said["cells"][0]["state"] == "UP"
    india = load("india", overlays=[out])
    figure = india.entries["step.households.share"].figures[-1]
    assert (figure.value, figure.source) == (
        float(said["overlay"][-1]["value"]), "Settled sales and take-backs of an exchange"
    )  # fmt: skip
    for words, what in (
        ((), "Say what to calibrate"),
        (("--exchange", database, "--process", "sinter"), "Say what to calibrate"),
        (("--exchange", "sqlite:///none.db"), "no exchange"),
        (("--exchange", database, "--reach", "2"), "no share of holders"),
        (("--exchange", database, "--step", "households=ghosts"), "whose sales a step is"),
        (("--exchange", database, "--step", "houses=household"), "no step of the pack"),
    ):
        code, text = asked(*words)
        assert code == 2, (words, text)
        assert what in " ".join(text.split())
