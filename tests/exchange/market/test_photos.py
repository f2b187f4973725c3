"""Photographs: nothing but the picture is kept, and what is no picture is refused."""

from __future__ import annotations

import io
from threading import BoundedSemaphore

import pytest
from PIL import Image

from chumbak.exchange.market import photos
from chumbak.exchange.market.photos import SIDE, SMALL_SIDE, photo
from chumbak.exchange.refusal import Refusal
from tests.exchange.market.town import picture

GPS, ORIENTATION, MODEL = 0x8825, 0x0112, 0x0110


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[MODEL], exif[ORIENTATION] = "Telltale 9", 6
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (28.0, 39.0, 36.0)
    return picture(800, 400, exif=exif, comment=b"my name is Ramesh")


def test_where_and_by_what_it_was_taken_is_gone() -> None:
    given = with_exif()
    assert b"Telltale" in given
    assert b"Ramesh" in given
    kept = photo(given)
    for body in (kept.body, kept.small):
        with Image.open(io.BytesIO(body)) as opened:
            assert not opened.getexif()
            assert not opened.info.get("comment")
            assert opened.format == "JPEG"
            assert opened.size[0] < opened.size[1]  # turned upright
        assert b"Telltale" not in body
        assert b"Ramesh" not in body
        assert b"Exif" not in body


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_forms_and_sizes(form: str) -> None:
    kept = photo(picture(1400, 1000, form))
    assert [max(Image.open(io.BytesIO(body)).size) for body in (kept.body, kept.small)] == [SIDE, SMALL_SIDE]
    assert len(kept.small) < 15_000


def test_what_is_seen_through_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (200, 200), (255, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(photo(out.getvalue()).body)) as opened:
        assert min(opened.getpixel((100, 100))) > 250  # type: ignore[arg-type,type-var]


def test_the_same_picture_has_one_hash() -> None:
    given = picture()
    assert photo(given).sha256 == photo(given).sha256


@pytest.mark.parametrize(
    "given", [b"", b"no picture", picture()[:2000], b"GIF89a" + bytes(100), picture(60, 60), bytes(6_000_001)]
)
def test_refused(given: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        photo(given)
    assert refusal.value.field == "photo"


def test_a_bomb_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (4001, 4000)).save(out, "PNG")
    with pytest.raises(Refusal, match="too many points"):
        photo(out.getvalue())


def test_a_jpeg_of_thousands_of_scans_is_refused() -> None:
    with pytest.raises(Refusal, match="no picture that can be shown"):
        photo(picture() + b"\xff\xda" * 41)


def test_a_few_are_read_at_once_and_the_others_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    given = picture()
    monkeypatch.setattr(photos, "_DRAWING", BoundedSemaphore(1))
    monkeypatch.setattr(photos, "WAIT_SECONDS", 0.01)
    with photos._DRAWING, pytest.raises(Refusal, match="Many pictures are arriving"):
        photo(given)
    assert photo(given)
    monkeypatch.setattr(photos, "_QUEUE", BoundedSemaphore(1))
    with photos._QUEUE, pytest.raises(Refusal, match="Many pictures are arriving"):
        photo(given)
    assert photo(given)
