"""Two stills are alike where nobody would see a difference."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from videobatch.media.pictures.likeness import are_alike, look_of


def still(text: str, quality: int = 80, size: tuple[int, int] = (960, 540)) -> bytes:
    picture = Image.new("RGB", size, "#F7F5F0")
    pen = ImageDraw.Draw(picture)
    pen.text((60, 60), "Simple machines", fill="#22313F", font=ImageFont.load_default(48))
    pen.text((60, 200), text, fill="#22313F", font=ImageFont.load_default(28))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def test_the_noise_of_the_encoding_makes_no_difference() -> None:
    assert are_alike(look_of(still("a lever turns")), look_of(still("a lever turns", quality=40)))


@pytest.mark.parametrize("other", ["a wheel turns", "a lever turns and lifts", "", "a lever burns"])
def test_a_word_makes_one(other: str) -> None:
    assert not are_alike(look_of(still("a lever turns")), look_of(still(other)))


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0"])
def test_what_is_no_jpeg_is_said(content: bytes) -> None:
    with pytest.raises(ValueError, match="no JPEG"):
        look_of(content)
