"""Photographs of a lot: opened, checked, turned upright and drawn anew, so that nothing hidden in the file stays.

A camera writes where and when and by what it was taken into the file; none of that is kept, and neither is the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from chumbak.exchange.refusal import N_, Refusal

MOST_BYTES = 6_000_000
MOST_PIXELS = 50_000_000
LEAST_SIDE = 120  # pixels: less shows nothing
SIDE, SMALL_SIDE = 1280, 200
QUALITY, SMALL_QUALITY = 80, 60
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA = "image/jpeg"
MOST_PHOTOS = 4


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
    """Return a photograph from what was sent. Raises ``Refusal`` for what is none, or is too large or too small."""
    if len(data) > MOST_BYTES:
        raise Refusal(
            N_("This picture is too large: %(most)s MB at most."), field="photo", most=MOST_BYTES // 1_000_000
        )
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise Refusal(N_("This picture has too many points. Send a smaller one."), field="photo")
            if min(width, height) < LEAST_SIDE:
                raise Refusal(N_("This picture is too small to show anything."), field="photo")
            opened.draft("RGB", (2 * SIDE, 2 * SIDE))
            drawn = _plain(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refusal(N_("This is no picture that can be shown. Send a JPEG, PNG or WebP."), field="photo") from None
    return Photo(_jpeg(drawn, SIDE, QUALITY), _jpeg(drawn, SMALL_SIDE, SMALL_QUALITY))


def _plain(opened: Image.Image) -> Image.Image:
    """Return the points of a picture and nothing else; what is transparent is white."""
    if opened.mode in ("RGBA", "LA", "PA", "P"):
        opened = opened.convert("RGBA")
        ground = Image.new("RGBA", opened.size, "white")
        ground.alpha_composite(opened)
        opened = ground
    points = opened.convert("RGB")
    bare = Image.new("RGB", points.size)
    bare.paste(points)
    return bare


def _jpeg(drawn: Image.Image, side: int, quality: int) -> bytes:
    made = drawn.copy()
    made.thumbnail((side, side))
    out = BytesIO()
    made.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
