"""What calls cost, as people see it; refused keys; asking anew; the offer on a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.shared.schema import CostsOut, StatusOut
from tests.e2e.test_paid import KEYS, environment, submit, worker_children
from tests.support.api_server import ApiServer
from tests.support.cli import Cli, stack
from tests.support.keys import STACK_KEYS
from tests.support.outputs import batch_folder, manifest_of, report_of
from tests.support.processes import ROOT
from tests.support.speech import synthesise, write_wav
from tests.support.waiting import wait_for
from videobatch.state.answers import RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.store import Store

pytestmark = [pytest.mark.real, pytest.mark.runs("cli.fleet.costs", "cli.watch.status", "cli.main")]

SPOKEN = "the bird can see the river from the tree and the water is cold in the morning. "
SOON_S = 300.0
PER_MIN_USD = 0.006


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short recordings."""
    folder = tmp_path_factory.mktemp("costs") / "videos"
    folder.mkdir()
    speech = synthesise(SPOKEN)
    for number in range(2):
        write_wav(folder / f"{number}.wav", speech[number * 2000 :])
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", keys=KEYS, requests_per_min=6000) as made:
        yield made


def test_every_place_tells_the_same_cost(videos: Path, server: ApiServer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with stack(tmp_path / "home", **environment(server)) as cli:
        made = submit(cli, videos, out, "--yes")
        assert made.exit_code == 0, made.said
        assert "less than $0.01 paid so far" in made.out
        status = StatusOut.model_validate_json(cli("status", "--json").out)
        costs = CostsOut.model_validate_json(cli("costs", "--json").out)
        shown = cli("costs").out + cli("status").out
    paid = server.counts().spent["audio_s"] / 60 * PER_MIN_USD
    (batch,) = status.batches
    folder = batch_folder(out)
    manifests = [manifest_of(folder / f"{number}.wav")["cost_usd"] for number in range(2)]
    reported = [each["cost_usd"] for each in report_of(folder).values()]
    # A begun second is paid for.
    assert paid <= batch.cost_usd <= paid + 2 * PER_MIN_USD / 60
    assert sum(manifests) == pytest.approx(batch.cost_usd)
    assert sum(reported) == pytest.approx(batch.cost_usd)
    assert sorted(video.cost_usd for video in batch.videos) == pytest.approx(sorted(manifests))
    assert [each.usd for each in costs.batches] == [pytest.approx(batch.cost_usd)]
    assert sum(day.usd for day in costs.days) == pytest.approx(batch.cost_usd)
    assert status.cost_today_usd == pytest.approx(batch.cost_usd)
    assert "paid today" in shown
    assert costs.calls == ()
    assert "By batch:" in shown
    assert "Paid calls" in (folder / "report.md").read_text()


def test_a_refused_key_is_told_of_and_work_goes_on(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    server.change(forbidden_keys=[KEYS[1]])
    with stack(tmp_path / "home", **environment(server)) as cli:
        made = submit(cli, videos, tmp_path / "out", "--yes")
        assert made.exit_code == 0, made.said
        alerts = StatusOut.model_validate_json(cli("status", "--json").out).alerts
        said = cli("status").out
    # A busy machine may be told of too.
    refused = [alert.severity for alert in alerts if alert.code == "key_refused"]
    assert refused == ["error"]
    assert "key 2 of 2 in OPENAI_API_KEY was refused (HTTP 403)" in said
    assert not [key for key in KEYS if key in said]


def test_asking_anew_pays_again_and_once(videos: Path, server: ApiServer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with stack(tmp_path / "home", **environment(server)) as cli:
        assert submit(cli, videos, out, "--yes").exit_code == 0
        assert server.counts().served == 2
        server.change(latency_s=1.0)
        anew = submit(cli, videos, out, "--yes", "--no-cache", "--detach", "--json")
        assert anew.exit_code == 0, anew.said
        wait_for(lambda: server.counts().served > 2, SOON_S, "a call is served")
        for child in worker_children(tmp_path / "home"):
            os.kill(child, signal.SIGKILL)
        watched = cli("watch", anew.json["batch"])
        assert watched.exit_code == 0, watched.said
        served = server.counts().served
        # Once more, and what was paid for last is known again.
        assert submit(cli, videos, out, "--yes", "--force").exit_code == 0
        assert server.counts().served == served
    # Two at first, two anew, and those that were out at the kill.
    assert 4 <= served <= 4 + 2


def test_a_call_that_was_cut_is_listed_as_perhaps_paid(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    with stack(tmp_path / "home", **environment(server)) as cli:
        assert submit(cli, videos, tmp_path / "out", "--yes").exit_code == 0
        with cli.views() as views, connect(cli_url(cli), "test") as client:
            answers = RedisAnswers(Store(client, "videobatch"))
            answers.begin("ab" * 32, "lecture.mp4: the transcription from 0 s to 600 s")
            began_s = int(views.now_s()) - 3600
            client.hset(STACK_KEYS.calls, "ab" * 32, f'["lecture.mp4: words", {began_s}]')
        found = CostsOut.model_validate_json(cli("costs", "--json").out)
        said = cli("costs").out
    (call,) = found.calls
    assert (call.what, call.is_out) == ("lecture.mp4: words", False)
    assert "lecture.mp4: words: may have been paid for" in said


def cli_url(cli: Cli) -> str:
    from cli.stack.home import open_home
    from cli.stack.lifecycle import running_redis_url

    url = running_redis_url(open_home(cli.home))
    assert url is not None
    return url


@pytest.mark.parametrize(("answer", "served"), [(b"y\n", 2), (b"n\n", 0)])
def test_a_key_alone_spends_nothing_but_is_offered_on_a_terminal(
    videos: Path, server: ApiServer, tmp_path: Path, answer: bytes, served: int
) -> None:
    variables = environment(server)
    del variables["VIDEOBATCH_PROVIDER"]
    out = tmp_path / "out"
    with stack(tmp_path / "home", **variables) as cli:
        # In a script nobody is asked, and nothing is paid.
        in_script = submit(cli, videos, tmp_path / "script")
        assert in_script.exit_code == 0, in_script.said
        assert server.counts().served == 0
        said = on_a_terminal(cli, ["submit", str(videos), "--out", str(out)], answer)
    assert "OPENAI_API_KEY is set. openai whisper-1: 2 videos" in said
    assert server.counts().served == served
    text = (batch_folder(out) / "0.wav" / "summary_report.md").read_text()
    assert ("openai whisper-1" in text) == bool(served)


def test_the_provider_of_one_submit(videos: Path, server: ApiServer, tmp_path: Path) -> None:
    with stack(tmp_path / "home", **environment(server)) as cli:
        free = submit(cli, videos, tmp_path / "free", "--provider", "offline")
        assert free.exit_code == 0, free.said
        assert server.counts().served == 0
        odd = submit(cli, videos, tmp_path / "odd", "--provider", "nobody")
        assert odd.exit_code == 2


def on_a_terminal(cli: Cli, arguments: list[str], answer: bytes) -> str:
    """What the command says on a terminal where the first question gets that answer."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env=cli.variables,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    said = bytearray()
    is_answered = False
    try:
        while True:
            try:
                said += os.read(controller, 65536)
            except OSError:  # The terminal's other end is closed.
                break
            if not is_answered and b"[y/N]" in said:
                os.write(controller, answer)
                is_answered = True
    finally:
        os.close(controller)
        process.wait(timeout=SOON_S)
    assert process.returncode == 0, said.decode(errors="replace")
    return said.decode(errors="replace")
