"""Photographs of a lot: opened, checked, turned upright and drawn anew, so that nothing hidden in the file stays.

A camera writes where and when and by what it was taken into the file; none of that is kept, and neither is the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageOps, UnidentifiedImageError

from chumbak.exchange.refusal import N_, Refusal

MOST_BYTES = 6_000_000
MOST_PIXELS = 16_000_000
MOST_SCANS = 40  # of a JPEG: cameras make 1 or about 10, thousands are made to keep others waiting
LEAST_SIDE = 120  # pixels: less shows nothing
SIDE, SMALL_SIDE = 1280, 200
QUALITY, SMALL_QUALITY = 80, 60
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA = "image/jpeg"
MOST_PHOTOS = 4
AT_ONCE, WAITING = 2, 6  # pictures read at once in this process; how many more may wait for it
WAIT_SECONDS = 3.0
_SCAN = b"\xff\xda"  # begins a scan of a JPEG; within one it cannot stand
_DRAWING = BoundedSemaphore(AT_ONCE)
_QUEUE = BoundedSemaphore(AT_ONCE + WAITING)


@dataclass(frozen=True)
class Photo:
    """A photograph as it is kept: JPEG, no more than ``SIDE`` pixels, and a small one for lists."""

    body: bytes
    small: bytes

    @property
    def sha256(self) -> str:
        """Return the hash by which custody knows it."""
        return sha256(self.body).hexdigest()


def photo(data: bytes) -> Photo:
    """Return a photograph from what was sent. Raises ``Refusal`` for what is none, or is too large or too small.

    It takes the time of a large picture, so it is called before a transaction that writes, never in one. So many at
    once as ``AT_ONCE`` says, whoever asks; a few wait shortly, and the others are told to come again.
    """
    if len(data) > MOST_BYTES:
        raise Refusal(
            N_("This picture is too large: %(most)s MB at most."), field="photo", most=MOST_BYTES // 1_000_000
        )
    if not _QUEUE.acquire(blocking=False):
        raise _busy()
    try:
        if not _DRAWING.acquire(timeout=WAIT_SECONDS):
            raise _busy()
        try:
            return _drawn(data)
        finally:
            _DRAWING.release()
    finally:
        _QUEUE.release()


def _busy() -> Refusal:
    return Refusal(N_("Many pictures are arriving just now. Wait a little, then send it again."), field="photo")


def _drawn(data: bytes) -> Photo:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                most = MOST_PIXELS // 1_000_000
                raise Refusal(
                    N_("This picture has too many points: %(most)s million at most."), field="photo", most=most
                )
            if min(width, height) < LEAST_SIDE:
                raise Refusal(N_("This picture is too small to show anything."), field="photo")
            if opened.format == "JPEG" and data.count(_SCAN) > MOST_SCANS:
                raise ValueError("each scan goes over all points again")
            opened.draft("RGB", (SIDE, SIDE))  # a JPEG is read at a half, a quarter or an eighth where that is enough
            drawn = _plain(opened)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refusal(N_("This is no picture that can be shown. Send a JPEG, PNG or WebP."), field="photo") from None
    return Photo(_jpeg(drawn, SIDE, QUALITY), _jpeg(drawn, SMALL_SIDE, SMALL_QUALITY))


def _plain(opened: Image.Image) -> Image.Image:
    """Return the points of a picture, small and upright, and nothing else; what is transparent is white."""
    seen_through = opened.mode in ("RGBA", "LA", "PA", "P")
    points = opened.convert("RGBA" if seen_through else "RGB")
    points.thumbnail((SIDE, SIDE))
    points = ImageOps.exif_transpose(points)
    if seen_through:
        ground = Image.new("RGBA", points.size, "white")
        ground.alpha_composite(points)
        points = ground.convert("RGB")
    bare = Image.new("RGB", points.size)
    bare.paste(points)
    return bare


def _jpeg(drawn: Image.Image, side: int, quality: int) -> bytes:
    made = drawn.copy()
    made.thumbnail((side, side))
    out = BytesIO()
    made.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
