"""Documents in Chinese of what is said in English, from submit to file, against a server that
counts."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_paid import KEYS, SOON_S, environment, submit, worker_children
from tests.support.api_server import ApiServer
from tests.support.cli import Cli, stack
from tests.support.media import Recipe, Sound, make_media
from tests.support.outputs import assert_whole, batch_folder, manifest_of
from tests.support.waiting import wait_for

pytestmark = pytest.mark.real

WRITER = {"VIDEOBATCH_API__WRITER": "gpt-4o-mini"}
TEMPLATE = ("--template", "chinese_transcript")
TIMES = re.compile(r"^(\d+)\n(\S+ --> \S+)$", re.MULTILINE)
HAN = re.compile(r"[\u4e00-\u9fff]")
TERMS_ASKED = "give the terms of its subject"
# Two cues a second, in stretches of at most 120; four calls are out at once, at most.
CUES, STRETCHES, OUT = 1200, 10, 4
SMALL = ("river", "water", "mountain", "morning", "garden", "window", "letter", "bridge")


def said(number: int, about: str) -> str:
    word, other = SMALL[number % 8], SMALL[number // 8 % 8]
    return f"The {word} {number + 1000} leads to the {other} with {about}."


def subtitles(count: int, about: str) -> str:
    def at(ms: int) -> str:
        return f"00:{ms // 60_000:02}:{ms // 1000 % 60:02},{ms % 1000:03}"

    return "".join(
        f"{n + 1}\n{at(500 * n)} --> {at(500 * n + 400)}\n{said(n, about)}\n\n"
        for n in range(count)
    )


def lecture(folder: Path, name: str, count: int, about: str, suffix: str = ".srt") -> Path:
    """A lecture of two cues a second, with English subtitles whose name says no language."""
    folder.mkdir(exist_ok=True)
    # No sentence of another lecture, so that its stretches are calls of its own.
    (folder / f"{name}{suffix}").write_text(subtitles(count, about))
    return make_media(folder / f"{name}.wav", Recipe(count / 2, None, Sound()))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", keys=KEYS, requests_per_min=6000) as made:
        yield made


def served(server: ApiServer) -> dict[str, int]:
    counts = server.counts()
    return {path.rpartition("/")[2]: tally.served for path, tally in counts.endpoints.items()}


def test_english_subtitles_are_translated_line_by_line_at_their_times(
    server: ApiServer, tmp_path: Path
) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    lecture(videos, "one", 40, "gradient descent")
    terms = [{"term": "gradient descent", "translation": "梯度下降", "explanation": "沿坡下行"}]
    server.change(canned=[{"contains": TERMS_ASKED, "content": {"terms": terms}}])
    with stack(tmp_path / "home", **environment(server, **WRITER)) as cli:
        made = submit(cli, videos, out, "--yes", *TEMPLATE)
        assert made.exit_code == 0, made.said
        folder = batch_folder(out) / "one.wav"
        assert_whole(folder, "chinese_transcript")
        original = (folder / "transcript.srt").read_text()
        assert len(TIMES.findall(original)) == 40
        for name in ("transcript.zh.srt", "transcript.bilingual.srt"):
            assert TIMES.findall((folder / name).read_text()) == TIMES.findall(original)
        chinese = (folder / "transcript.zh.srt").read_text()
        assert not re.search(r"\bThe\b", chinese)
        assert chinese.count("梯度下降") == 40
        both = (folder / "transcript.bilingual.srt").read_text()
        assert both.count("gradient descent") == both.count("梯度下降") == 40
        text = (folder / "chinese_transcript.md").read_text()
        # First in English with what it means, from then on in Chinese.
        assert text.count("gradient descent（梯度下降：沿坡下行）") == 1
        assert text.count("梯度下降") >= 40
        assert "## 术语" in text
        assert "leads to" not in text
        assert "逐句译成中文" in text
        manifest = manifest_of(folder)
        assert (manifest["language"], manifest["document_language"]) == (None, "zh")
        assert manifest["remarks"] == []
        # Terms, one stretch, and the document.
        assert served(server) == {"completions": 3}
        again = submit(cli, videos, out, "--yes", "--force", *TEMPLATE)
        assert again.exit_code == 0, again.said
        assert served(server) == {"completions": 3}


def test_what_is_heard_in_english_is_translated_and_estimated(
    server: ApiServer, tmp_path: Path
) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    videos.mkdir()
    make_media(videos / "one.wav", Recipe(24.0, None, Sound(voiced=((0.5, 23.0),))))
    with stack(tmp_path / "home", **environment(server, **WRITER)) as cli:
        unasked = submit(cli, videos, out, *TEMPLATE)
        assert unasked.exit_code == 2, unasked.said
        # What hears it, the terms, a stretch, and the document.
        assert "about 4 calls" in unasked.err
        made = submit(cli, videos, out, "--yes", *TEMPLATE)
        assert made.exit_code == 0, made.said
        folder = batch_folder(out) / "one.wav"
        original = (folder / "transcript.srt").read_text()
        chinese = (folder / "transcript.zh.srt").read_text()
        assert TIMES.findall(chinese) == TIMES.findall(original) != []
        assert HAN.search(chinese)
        assert not HAN.search(original)
        assert served(server) == {"transcriptions": 1, "completions": 3}


def test_a_kill_in_the_middle_pays_no_stretch_twice(server: ApiServer, tmp_path: Path) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    lecture(videos, "long", CUES, "nothing else")
    server.change(latency_s=0.5, jitter=0.5)
    with stack(tmp_path / "home", **environment(server, **WRITER)) as cli:
        submitted = submit(cli, videos, out, "--yes", "--detach", "--json", *TEMPLATE)
        assert submitted.exit_code == 0, submitted.said
        wait_for(lambda: server.counts().served > OUT + 1, SOON_S, "stretches are answered")
        for child in worker_children(tmp_path / "home"):
            os.kill(child, signal.SIGKILL)
        watched = cli("watch", submitted.json["batch"])
        assert watched.exit_code == 0, watched.said
        folder = batch_folder(out) / "long.wav"
        assert len(TIMES.findall((folder / "transcript.zh.srt").read_text())) == CUES
        counts = server.counts()
        # Those that were out when their process died may be paid for again, as any call.
        assert counts.paid_again <= OUT
        assert len(counts.identities) == 1 + STRETCHES + 1


def test_a_term_is_the_same_in_all_lectures_and_the_users_wins(
    server: ApiServer, tmp_path: Path
) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    lecture(videos, "a", 10, "tidal force")
    canned = {
        "contains": TERMS_ASKED,
        "content": {
            "terms": [{"term": "tidal force", "translation": "潮汐力", "explanation": "引力之差"}]
        },
    }
    server.change(canned=[canned])
    with stack(tmp_path / "home", **environment(server, **WRITER)) as cli:
        first = submit(cli, videos, out, "--yes", *TEMPLATE)
        assert first.exit_code == 0, first.said
        # The model would call it otherwise from now on.
        lecture(videos, "b", 10, "tidal force again")
        canned["content"] = {
            "terms": [
                {"term": "Tidal force", "translation": "起潮力", "explanation": "别的说法"},
                {"term": "water", "translation": "水", "explanation": ""},
            ]
        }
        server.change(canned=[canned])
        second = submit(cli, videos, out, "--yes", *TEMPLATE)
        assert second.exit_code == 0, second.said
        chinese = [translated(out, name) for name in ("a", "b")]
        assert all(text.count("潮汐力") == 10 for text in chinese)
        assert "起潮力" not in chinese[1]
        shown = cli("glossary", "--csv")
        assert shown.exit_code == 0, shown.said
        assert shown.out.splitlines() == [
            "term,translation,explanation",
            "tidal force,潮汐力,引力之差",
            "water,水,",
        ]
        (videos / "glossary.csv").write_text("term,translation\nTidal Force,引潮力\n")
        third = submit(cli, videos, out, "--yes", *TEMPLATE)
        assert third.exit_code == 0, third.said
        chinese = [translated(out, name) for name in ("a", "b")]
        assert all(text.count("引潮力") == 10 for text in chinese)
        before = server.counts().served
        (videos / "glossary.csv").write_bytes(b"term,translation\nTidal Force,\n")
        refused = submit(cli, videos, out, "--yes", *TEMPLATE)
        assert refused.exit_code == 2, refused.said
        assert "glossary.csv line 2: the translation is empty" in refused.err
        assert server.counts().served == before


def translated(out: Path, name: str) -> str:
    return (batch_folder(out) / f"{name}.wav" / "transcript.zh.srt").read_text()


def test_nobody_to_translate_is_refused_before_anything_starts(
    server: ApiServer, tmp_path: Path
) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    lecture(videos, "plain", 10, "no language in its name")
    lecture(videos, "wrong", 10, "a name that the text denies", suffix=".zh.srt")
    nobody = {"VIDEOBATCH_API__WRITER": "none"}
    for name, given in (("offline", {}), ("hears", environment(server, **nobody))):
        cli = Cli(tmp_path / name, given)
        refused = submit(cli, videos, out, "--yes", *TEMPLATE)
        assert refused.exit_code == 2, refused.said
        assert "chinese_transcript needs Chinese" in refused.err
        assert "VIDEOBATCH_API__WRITER" in refused.err
    assert server.counts().served == 0
