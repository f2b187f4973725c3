"""What is removed of a person is gone from the files too, and the files are nobody else's to read."""

from __future__ import annotations

from pathlib import Path

from chumbak.exchange.people.personal import erase_person
from chumbak.exchange.people.persons import register
from tests.exchange.house import desk

NAME, PHONE = "Quxibarzan Velmoothy", "9000004711"


def test_a_name_is_in_no_file_after_it_was_removed(tmp_path: Path) -> None:
    with desk(tmp_path) as town:
        with town.work("system") as work:
            found = register(work, PHONE, NAME, "seelampur", "citizen")
            work.text(found.phone, "Hello %(name)s", name=NAME)
        assert any(_holds(tmp_path))
        with town.work(found.id) as work:
            erase_person(work, found.id)
        assert _holds(tmp_path) == []


def test_nobody_else_reads_the_files(tmp_path: Path) -> None:
    with desk(tmp_path):
        for path in tmp_path.glob("exchange.db*"):
            assert path.stat().st_mode & 0o077 == 0, path


def _holds(folder: Path) -> list[str]:
    words = (NAME.encode(), PHONE.encode())
    return [path.name for path in folder.iterdir() if any(word in path.read_bytes() for word in words)]
