"""What the page on the ledger shows is true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chumbak.custody.claims.rules import STANDINGS, TESTS
from chumbak.custody.claims.verdict import RESULTS
from chumbak.custody.ledger.amounts import UNITS
from chumbak.custody.ledger.content import FIELDS, faults_of, read_statement
from chumbak.elements.masses import TABLE

PAGE = (Path(__file__).parents[3] / "docs" / "custody_ledger.md").read_text(encoding="utf-8")


def test_the_event_of_the_page_reads() -> None:
    (event,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    assert faults_of(json.loads(event)) == []
    statement = read_statement(json.loads(event))
    assert statement is not None
    # 1.25 kg x 0.98 x 0.72 x 288484/336481 and x 0.24 x 845.44596/1021.43496, in micrograms.
    assert statement.contents[0].amounts == {"Nd": 756_187_981, "Pr": 243_345_021}


def test_the_python_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(block, "custody_ledger.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [
        "lot:urn:x:a Nd -100", "lot:urn:x:b Nd 97", "unaccounted:unstated Nd 3",
    ]  # fmt: skip


def test_every_field_unit_test_and_verdict_is_on_the_page() -> None:
    for field in FIELDS:
        assert f"| `rem:{field}` |" in PAGE
    for name in (*UNITS, *TESTS, TABLE):
        assert f"`{name}`" in PAGE, name
    assert ", ".join(RESULTS) in PAGE
    for standing in STANDINGS:
        assert f"*{standing}*" in PAGE
