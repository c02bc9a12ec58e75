"""A paid provider, from submit to document, against a server that counts for itself."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from cli.shared.schema import StatusOut
from cli.stack.home import open_home
from cli.stack.lifecycle import running_redis_url
from cli.stack.processes import stack_processes
from cli.stack.programs import WORKER_MODULE
from tests.support.api_server import ApiServer
from tests.support.cli import Answer, Cli, stack
from tests.support.keys import STACK_KEYS
from tests.support.outputs import assert_whole, batch_folder
from tests.support.speech import RATE_HZ, synthesise, write_wav
from tests.support.waiting import wait_for
from videobatch.records import VideoState
from videobatch.state.connection import connect
from videobatch.state.limit_views import LimitView, limit_views
from videobatch.state.store import Store

pytestmark = pytest.mark.real

KEYS = ("sk-test-0123456789abcdef", "sk-test-fedcba9876543210")
SPOKEN = "the bird can see the river from the tree and the water is cold in the morning. "
SOON_S = 300.0
VIDEOS, SEGMENTS = 3, 6
AWAY_S, BACK_S = 12.0, 10.0
# Longer than one who waits for an answer is told to.
LONG_S = 10.0
NOTHING = LimitView("", None, None, 0, 0, 0, 0.0)
RECORDINGS, TEMPLATES = 14, ("summary_report", "comprehensive_lesson")


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three recordings of more than ten minutes: two segments each."""
    folder = tmp_path_factory.mktemp("paid") / "videos"
    folder.mkdir()
    speech = synthesise(SPOKEN * 5)
    for number in range(VIDEOS):
        # Each begins otherwise, so that no sound is that of another one.
        ours = np.concatenate([speech[number * 2000 :], np.resize(speech, 640 * RATE_HZ)])
        write_wav(folder / f"{number}.wav", ours)
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", keys=KEYS, requests_per_min=6000) as made:
        yield made


def environment(server: ApiServer, **more: str) -> dict[str, str]:
    return {
        "VIDEOBATCH_PROVIDER": "openai",
        "OPENAI_API_KEY": ",".join(KEYS),
        "OPENAI_BASE_URL": server.url,
        **more,
    }


def submit(cli: Cli, videos: Path, out: Path, *more: str) -> Answer:
    return cli("submit", videos, "--out", out, *more)


def test_paid_for_once_agreed_to_and_shown_nowhere(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with stack(tmp_path / "home", **environment(server)) as cli:
        unasked = submit(cli, videos, out)
        assert unasked.exit_code == 2, unasked.said
        assert "3 videos, 33 min of sound, about 6 calls, about $0.20" in unasked.err
        assert "--yes" in unasked.err
        assert server.counts().served == 0
        made = submit(cli, videos, out, "--yes", "--json")
        assert made.exit_code == 0, made.said
        for number in range(VIDEOS):
            assert_whole(batch_folder(out) / f"{number}.wav")
        document = (batch_folder(out) / "0.wav" / "summary_report.md").read_text()
        assert "openai whisper-1" in document
        assert server.counts().served == SEGMENTS
        # What was heard once is known: again, by force, and for another template.
        for more in (("--force",), ("--template", "comprehensive_lesson")):
            again = submit(cli, videos, out, "--yes", *more)
            assert again.exit_code == 0, again.said
        counts = server.counts()
        assert (counts.served, counts.paid_again) == (SEGMENTS, 0)
        assert len(counts.keys) == len(KEYS)
        said = "".join(cli.log(name) for name in ("worker", "controller", "flower", "redis"))
        assert_hidden(said + everything_in_redis(cli) + made.said + unasked.said, out)
        seeing = seeing_keys(tmp_path / "home")
        workers = [each for each in seeing if WORKER_MODULE in each.cmdline()]
        others = [each.cmdline() for each in seeing if each not in workers]
    assert workers
    assert all("supervisor.supervisord" in each for each in others), others


def everything_in_redis(cli: Cli) -> str:
    """The append-only file: whatever was ever written."""
    files = (cli.home / "redis").rglob("*.aof")
    text = "".join(path.read_bytes().decode(errors="replace") for path in files)
    assert "checkpoints" in text
    return text


def assert_hidden(said: str, out: Path) -> None:
    """No key in what was said, nor in any file that was made."""
    files = [path for path in out.rglob("*") if path.is_file()]
    texts = [path.read_bytes().decode(errors="replace") for path in files]
    for text in (said, *texts):
        assert not [key for key in KEYS if key in text]


def seeing_keys(home: Path) -> list[psutil.Process]:
    """The stack's processes in whose environment the keys are."""
    return [each for each in stack_processes(open_home(home)) if "OPENAI_API_KEY" in each.environ()]


def test_a_spend_cap_pauses_the_batch_and_says_until_when(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    # Six calls of 0.06 and 0.005 dollars: room for two of the longer ones and the shorter ones.
    cap = {"VIDEOBATCH_BUDGET__MONEY_DAY": "0.13"}
    with stack(tmp_path / "home", **environment(server, **cap)) as cli:
        submitted = submit(cli, videos, tmp_path / "out", "--yes", "--detach", "--json")
        assert submitted.exit_code == 0, submitted.said
        batch_id = submitted.json["batch"]

        def state() -> tuple[str, str]:
            answer = cli("status", batch_id, "--json")
            (batch,) = StatusOut.model_validate_json(answer.out).batches
            return batch.state, batch.reason or ""

        wait_for(lambda: state()[0] == "paused", SOON_S, "it pauses", lambda: cli.log("worker"))
        assert "money day" in state()[1]
        assert "begins anew at" in state()[1]
        with cli.views() as views:
            attempts = {video.state for video in views.all_videos(batch_id)}
        assert VideoState.FAILED not in attempts
        spent = server.counts().spent.get("audio_s", 0.0) / 60 * 0.006
        assert spent <= 0.13


def test_a_killed_worker_pays_for_no_answer_again(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    server.change(latency_s=0.4)
    with stack(tmp_path / "home", **environment(server)) as cli:
        submitted = submit(cli, videos, tmp_path / "out", "--yes", "--detach", "--json")
        assert submitted.exit_code == 0, submitted.said
        batch_id = submitted.json["batch"]
        wait_for(lambda: server.counts().served > 0, SOON_S, "a call is served")
        answered = server.counts().served
        for child in worker_children(tmp_path / "home"):
            os.kill(child, signal.SIGKILL)
        watched = cli("watch", batch_id)
        assert watched.exit_code == 0, watched.said
        counts = server.counts()
    assert answered >= 1
    # Only calls that were out at the kill may have been paid for twice.
    assert counts.served - SEGMENTS <= 2 * 4


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen short recordings, each of other sound."""
    folder = tmp_path_factory.mktemp("twice") / "videos"
    folder.mkdir()
    speech = synthesise(SPOKEN)
    for number in range(RECORDINGS):
        write_wav(folder / f"{number:02}.wav", speech[number * 500 :])
    return folder


def test_two_templates_at_once_make_each_call_once(
    recordings: Path, server: ApiServer, tmp_path: Path
) -> None:
    server.change(latency_s=0.5, jitter=0.5)
    out = tmp_path / "out"
    variables = environment(
        server, VIDEOBATCH_API__WRITER="gpt-4o-mini", VIDEOBATCH_CONCURRENCY__MAX="8"
    )
    with stack(tmp_path / "home", **variables) as cli:
        batches = []
        for template in TEMPLATES:
            more = ("--template", template, "--yes", "--detach", "--json")
            submitted = submit(cli, recordings, out, *more)
            assert submitted.exit_code == 0, submitted.said
            batches.append(submitted.json["batch"])
        for batch in batches:
            watched = cli("watch", batch)
            assert watched.exit_code == 0, watched.said
        costs = cli("costs", "--json").json
    counts = server.counts()
    for number in range(RECORDINGS):
        for template in TEMPLATES:
            text = (batch_folder(out) / f"{number:02}.wav" / f"{template}.md").read_text()
            assert "writer: openai gpt-4o-mini" in text
    served = {path.rpartition("/")[2]: tally.served for path, tally in counts.endpoints.items()}
    assert served == {"transcriptions": RECORDINGS, "completions": len(TEMPLATES) * RECORDINGS}
    assert counts.paid_again == 0
    assert costs["calls"] == []


def test_a_cancel_reaches_videos_that_wait_for_a_permit(
    recordings: Path, server: ApiServer, tmp_path: Path
) -> None:
    # A call or two now, and the next one in half an hour.
    limits = {"VIDEOBATCH_BUDGET__AUDIO_S_HOUR": "10", "VIDEOBATCH_API__WRITER": "none"}
    with stack(tmp_path / "home", **environment(server, **limits)) as cli:
        submitted = submit(cli, recordings, tmp_path / "out", "--yes", "--detach", "--json")
        assert submitted.exit_code == 0, submitted.said
        batch_id = submitted.json["batch"]

        def states() -> set[str]:
            with cli.views() as views:
                return {video.state for video in views.all_videos(batch_id)}

        wait_for(lambda: VideoState.RUNNING in states(), SOON_S, "they run")
        waits = "permits waiting"
        wait_for(lambda: limit_of(cli).waiting > 0, SOON_S, waits, lambda: cli.log("worker"))
        # Not for the answer of the first, which goes alone: for what is used up.
        wait_for(lambda: waits_s(cli) > LONG_S, SOON_S, waits)
        wait_for(lambda: server.counts().served > 0, SOON_S, "one was served")
        wait_for(lambda: server.counts().in_flight == 0, SOON_S, "none is out")
        served = server.counts().served
        assert cli("cancel", batch_id).exit_code == 0
        wait_for(lambda: VideoState.RUNNING not in states(), SOON_S, "none runs any more")
    assert served == server.counts().served >= 1


def limit_of(cli: Cli) -> LimitView:
    """What the limiter knows of the one budget."""
    url = running_redis_url(open_home(cli.home))
    assert url is not None
    with connect(url, "test") as client:
        (found,) = limit_views(Store(client, "videobatch")) or (NOTHING,)
        return found


def waits_s(cli: Cli) -> float:
    """The least time that one of those who wait for a permit was told to wait yet."""
    url = running_redis_url(open_home(cli.home))
    assert url is not None
    with connect(url, "test") as client:
        store = Store(client, "videobatch")
        due = client.zrange(STACK_KEYS.limit_due(limit_of(cli).scope), 0, 0, withscores=True)
        return due[0][1] / 1000 - store.now_s() if due else 0.0


def worker_children(home: Path) -> list[int]:
    """The pool children of the stack's worker."""
    found = [each for each in stack_processes(open_home(home)) if WORKER_MODULE in each.cmdline()]
    pids = {each.pid for each in found}
    return [each.pid for each in found if each.ppid() in pids]


def test_an_api_that_was_away_is_called_again_soon_after_and_no_try_is_spent(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    server.change(outages=[{"kind": "refuse"}])
    with stack(tmp_path / "home", **environment(server)) as cli:
        submitted = submit(cli, videos, tmp_path / "out", "--yes", "--detach", "--json")
        assert submitted.exit_code == 0, submitted.said
        wait_for(lambda: "calls wait until it is back" in cli.log("worker"), SOON_S, "it is missed")
        threading.Event().wait(AWAY_S)
        server.change(outages=[])
        # How long nobody is let through yet.
        gate_s = limit_of(cli).gate_s
        wait_for(lambda: server.counts().served > 0, SOON_S, "it is called again")
        watched = cli("watch", submitted.json["batch"])
        assert watched.exit_code == 0, watched.said
        with cli.views() as views:
            videos_seen = list(views.all_videos(submitted.json["batch"]))
    assert gate_s <= BACK_S
    assert [(video.state, video.attempts) for video in videos_seen] == [(VideoState.DONE, 1)] * 3
