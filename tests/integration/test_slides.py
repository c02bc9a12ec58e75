"""Slides read by the recogniser of a host: as a process would read them itself, killed meanwhile,
and for a real worker, whose children load nothing that reads."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cli.demo.scripts import load_talks
from cli.demo.slides import draw_slide
from cli.demo.videos import make_video
from tests.support.fleet import BATCH, fleet_on
from tests.support.pipeline import job_of
from tests.support.processes import Process
from tests.support.servers import RedisServer
from videobatch.errors import UNREADABLE_PICTURE, PermanentError
from videobatch.paths import to_uri
from videobatch.records import Page, SpeechReading, VideoState
from videobatch.slides.rapid import RapidSlideReader
from videobatch.speech.host.asking import Asker, Asking
from videobatch.speech.host.client import SharedSlideReader, read_speech
from videobatch.state.ledger import NewVideo
from videobatch.telemetry.phases import PhaseTable

pytestmark = pytest.mark.real

SOON_S = 300.0
TALK = load_talks()[0]
READS = ("onnxruntime", "cv2", "rapidocr")


@contextmanager
def recogniser(folder: Path, name: str = "recogniser") -> Iterator[Process]:
    """The product's own, one request at a time, which serves `folder`'s socket."""
    environment = {
        "VIDEOBATCH_SPEECH__SOCKET": str(folder / "s.sock"),
        "VIDEOBATCH_SPEECH__THREADS": "1",
    }
    argv = ["-m", "celery_app.recogniser"]
    with Process.python(argv, folder / f"{name}.log", environment) as process:
        yield process


def reading(folder: Path, process: Process) -> SpeechReading | None:
    """The reading of this process; None where it does not answer."""
    found = read_speech(folder / "s.sock")
    return found if found is not None and found.pid == process.pid else None


def stills(count: int) -> list[bytes]:
    found = []
    for number in range(count):
        out = io.BytesIO()
        draw_slide(TALK, number).resize((960, 540)).save(out, "JPEG", quality=80)
        found.append(out.getvalue())
    return found


def shown(folder: Path, video: str, pictures: Sequence[bytes]) -> list[Page]:
    """The pages of the pictures, each asked for once the one before is there, and what is no
    picture between them."""
    asking = Asking(
        folder / "s.sock",
        video=lambda: video,
        is_stopping=lambda: False,
        phases=PhaseTable().join(0),
        parallel=1,
    )
    pages = []
    with closing(Asker(asking)) as asker:
        reader = SharedSlideReader(RapidSlideReader(), asker)
        for picture in pictures:
            pages.append(reader.read(picture))
            with pytest.raises(PermanentError) as broken:
                reader.read(picture[:2] + b"no picture")
            assert broken.value.code == UNREADABLE_PICTURE
        assert reader.cpu_s() > 0
    return pages


def test_pages_are_those_of_a_reader_of_ones_own_though_the_recogniser_is_killed(
    tmp_path: Path,
) -> None:
    pictures = stills(len(TALK.slides)) * 2
    own = list(map(RapidSlideReader().read, pictures))
    assert any(page.lines for page in own)
    with ThreadPoolExecutor(2) as threads:
        with recogniser(tmp_path, "first") as first:
            out = [threads.submit(shown, tmp_path, f"b/{n}", pictures) for n in range(2)]

            def is_half_way() -> bool:
                found = reading(tmp_path, first)
                return found is not None and found.stills >= 2 and found.busy == 1

            first.wait_for(is_half_way, SOON_S, "it has read some, and reads one")
            first.kill()
        with recogniser(tmp_path, "second") as second:
            for each in out:
                assert each.result(SOON_S) == own
            told = reading(tmp_path, second)
            assert told is not None
            assert 0 < told.stills < 2 * len(pictures)


def test_a_workers_child_has_its_slides_read_and_loads_nothing_that_reads(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    video = make_video(TALK, tmp_path)
    at = str(tmp_path / "s.sock")
    with recogniser(tmp_path) as host, fleet_on(redis_server, tmp_path) as fleet:
        worker = fleet.start_worker(VIDEOBATCH_SPEECH__SOCKET=at)
        fleet.start_controller()
        fleet.ledger.open_batch(
            BATCH,
            name=BATCH,
            out_uri=to_uri(fleet.out),
            root_uri=to_uri(video.parent),
            provider="offline",
        )
        fleet.ledger.add_videos(BATCH, [NewVideo("v", job_of(video, fleet.out, slides=True))])
        fleet.ledger.feed()
        worker.wait_for(lambda: fleet.state("v") is VideoState.DONE, SOON_S, "it is done")
        told = reading(tmp_path, host)
        assert told is not None
        assert told.stills > 0
        (written,) = fleet.out.rglob("transcript.json")
        texts = [
            line["text"]
            for slide in json.loads(written.read_text())["slides"]
            for line in slide["lines"]
        ]
        assert TALK.slides[0].title in texts
        children = worker.children()
        assert children
        for pid in children:
            loaded = Path(f"/proc/{pid}/maps").read_text()
            assert "/av/" in loaded
            assert not [name for name in READS if f"/{name}/" in loaded]
