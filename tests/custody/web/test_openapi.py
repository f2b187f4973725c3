"""The description is whole, and what is answered is as described: a fuzzer says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chumbak.custody.store.open import open_store
from chumbak.custody.web.limits import Limits
from chumbak.custody.web.openapi import description
from chumbak.custody.web.roles import new_key
from chumbak.custody.web.routes import routes

from .conftest import Asker
from .process import free_port, running

SECONDS = 5


def test_every_route_and_every_reference_is_described(light: Asker) -> None:
    found = light("GET", "/openapi.json").json()
    assert found == json.loads(json.dumps(description(Limits())))
    for route in routes():
        assert route.method.lower() in found["paths"][route.path]
    named = {part.partition('"')[0] for part in json.dumps(found).split('"$ref": "#/components/')[1:]}
    for name in named:
        kind, _, key = name.partition("/")
        assert key in found["components"][kind], name
    ids = [operation["operationId"] for item in found["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))


def test_a_fuzzer_finds_no_fault(tmp_path: Path) -> None:
    """Bounded; run it longer by hand with FUZZ_SECONDS=600."""
    if not (Path(sys.executable).parent / "schemathesis").exists():
        pytest.skip("SCHEMATHESIS IS NOT INSTALLED HERE: the description is not fuzzed (pip install schemathesis)")
    port, seconds = free_port(), int(os.environ.get("FUZZ_SECONDS", SECONDS))
    database = f"sqlite:///{tmp_path}/custody.db"
    with open_store(database) as store:
        key, id, body = new_key("A fuzzer", ["administrator"])
        store.writer.append("party", id, body).result()
    with running(database, port):
        found = fuzz(port, seconds, tmp_path, key)
    assert found.returncode == 0, found.stdout[-6000:]


def fuzz(port: int, seconds: int, folder: Path, key: str) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer on a service; not on subscriptions, which answer 501, nor on keys, which it would withdraw."""
    return subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "run", f"http://127.0.0.1:{port}/openapi.json",
            "--header", f"Authorization: Bearer {key}",
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
            "response_headers_conformance,response_schema_conformance",
            "--exclude-tag", "Not offered", "--exclude-tag", "Keys", "--exclude-path-regex", "subscriptions",
            "--max-time", str(seconds), "--workers", "2", "--seed", "1", "--generation-database", "none",
            "--max-examples", "8" if seconds <= 20 else "500", "--no-color",
        ],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
