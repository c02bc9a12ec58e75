"""The reader of slides, with its real models."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from cli.demo.scripts import load_talks
from cli.demo.slides import draw_slide
from tests.support.processes import ROOT
from videobatch.errors import PermanentError, SettingsError
from videobatch.pipeline.slides.layout import arrange
from videobatch.records import SlideText
from videobatch.slides import rapid
from videobatch.slides.rapid import RapidSlideReader

TALK = load_talks()[0]


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.resize((960, 540)).save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.fixture(scope="module")
def reader() -> RapidSlideReader:
    return RapidSlideReader()


def test_a_slide_is_read_with_its_heading(reader: RapidSlideReader) -> None:
    page = reader.read(jpeg(draw_slide(TALK, 0)))
    assert (page.width, page.height) == (960, 540)
    found = SlideText(0.0, 1.0, "a.jpg", arrange(page))
    slide = TALK.slides[0]
    assert found.title == slide.title
    # The bullets, in their order, before what stands in the drawing.
    assert tuple(line.text for line in found.body[: len(slide.bullets)]) == slide.bullets
    assert all(0.5 <= line.confidence <= 1 for line in found.lines)
    for line in found.lines:
        box = line.box
        assert 0 <= box.left < box.right <= 960
        assert 0 <= box.top < box.bottom <= 540


def test_a_picture_without_words_has_no_lines(reader: RapidSlideReader) -> None:
    assert reader.read(jpeg(Image.new("RGB", (1280, 720), "#224466"))).lines == ()


def test_what_is_no_picture_costs_nothing_else(reader: RapidSlideReader) -> None:
    with pytest.raises(PermanentError, match="cannot be read") as caught:
        reader.read(b"no picture")
    assert not isinstance(caught.value, SettingsError)


def test_several_threads_read_by_one_reader_what_one_reads(reader: RapidSlideReader) -> None:
    pictures = [jpeg(draw_slide(TALK, number)) for number in range(len(TALK.slides))]
    alone = list(map(reader.read, pictures))
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(RapidSlideReader().read, pictures * 2)) == alone * 2


def test_its_clock_is_that_of_the_thread_that_reads(reader: RapidSlideReader) -> None:
    picture = jpeg(draw_slide(TALK, 0))
    began_s, process_s = reader.cpu_s(), time.process_time()
    reader.read(picture)
    took_s, process_s = reader.cpu_s() - began_s, time.process_time() - process_s
    # Nobody else's: no other thread takes part in it.
    assert took_s > 0.01
    assert process_s - took_s < 0.1 * process_s + 0.02


def test_a_picture_that_claims_to_be_enormous_is_not_decoded(reader: RapidSlideReader) -> None:
    small = io.BytesIO()
    Image.new("RGB", (16, 16)).save(small, "JPEG")
    found = small.getvalue()
    # The frame of a JPEG: marker, length, precision, then height and width. It would be decoded,
    # grey where there is nothing, to 192 MB.
    at = found.index(b"\xff\xc0") + 5
    bomb = found[:at] + (8_000).to_bytes(2, "big") * 2 + found[at + 4 :]
    with pytest.raises(PermanentError, match="cannot be read"):
        reader.read(bomb)


def test_a_model_that_is_gone_is_said_and_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rapid, "DETECTION", "gone.onnx")
    with pytest.raises(SettingsError, match="gone") as caught:
        RapidSlideReader().read(b"")
    assert "EXTRAS=ocr" in caught.value.hint


def test_nothing_of_the_extra_is_loaded_before_a_picture_is_there() -> None:
    code = (
        "import sys, tasks.composition, cli.submit.wishes, cli.doctor.documents\n"
        "from videobatch.slides.readers import slide_reader\n"
        "assert slide_reader() is not None\n"
        "loaded = {'rapidocr', 'onnxruntime', 'cv2'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(ROOT), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
