"""A model that is switched off in the middle of a batch: one reason, nothing more is spent, and the
batch goes on once its successor is named."""

from __future__ import annotations

import math
import sys
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cli.shared.schema import BatchOut, StatusOut
from tests.e2e.test_paid import KEYS, environment, submit
from tests.support.api_server import ApiServer
from tests.support.cli import Answer, Cli, stack
from tests.support.outputs import assert_whole, batch_folder, manifest_of
from tests.support.speech import synthesise, write_wav
from tests.support.waiting import wait_for

pytestmark = [
    pytest.mark.real,
    pytest.mark.runs("cli.mend.steer", "cli.shared.days"),
]

SPOKEN = "the bird can see the river from the tree and the water is cold in the morning. "
SOON_S = 300.0
VIDEOS = 4
PER_MIN_USD, CAP_USD = 0.006, 0.05


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short recordings, each heard by one call and written about by another."""
    folder = tmp_path_factory.mktemp("gone") / "videos"
    folder.mkdir()
    speech = synthesise(SPOKEN * 2)
    for number in range(VIDEOS):
        write_wav(folder / f"{number}.wav", speech[number * 2000 :])
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", keys=KEYS, requests_per_min=6000) as made:
        yield made


def cap_for(videos: Path) -> float:
    """The dollars that hearing all of them takes by whisper-1, which pays for begun seconds; a call
    that was turned away and stayed reserved would leave too little."""
    whole_s = 0
    for path in videos.iterdir():
        with wave.open(str(path)) as file:
            whole_s += math.ceil(file.getnframes() / file.getframerate())
    return whole_s / 60 * PER_MIN_USD * 1.001


def batch_of(cli: Cli) -> BatchOut:
    (batch,) = StatusOut.model_validate_json(cli("status", "--json").out).batches
    return batch


def paused(cli: Cli) -> BatchOut:
    """The batch, once it is paused and nothing of it runs."""

    def rests() -> bool:
        batch = batch_of(cli)
        return batch.state == "paused" and not batch.counts.get("running")

    wait_for(rests, SOON_S, "the batch is paused", lambda: cli.log("worker"))
    return batch_of(cli)


def resumed(cli: Cli, named: Mapping[str, str], *arguments: str) -> Answer:
    return cli.run([sys.executable, "-m", "cli.main", "resume", *arguments], more=named)


def turned_away(server: ApiServer) -> int:
    """The calls that got no answer since the model is gone."""
    return sum(server.counts().endpoints["/v1/audio/transcriptions"].failed.values())


def vendors_own(folder: Path, provider: str, url: str, *models: str) -> dict[str, str]:
    """What has every process of the stack take the server for the vendor's own, which has announced
    no near end of these models: the test is of what it does, on whichever day."""
    folder.mkdir()
    lives = folder / "lives.toml"
    lives.write_text("".join(f'[models."{each}"]\nvalid_until = 2999-12-31\n' for each in models))
    (folder / "sitecustomize.py").write_text(
        "from videobatch.providers.catalog import PROVIDERS\n"
        f"object.__setattr__(PROVIDERS[{provider!r}], 'base_url', {url!r})\n"
    )
    return {"PYTHONPATH": str(folder), "VIDEOBATCH_API__PRICES": str(lives)}


def test_a_model_that_is_gone_pauses_and_its_successor_goes_on(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    server.change(gone={"whisper-1": 2})
    cap_usd = cap_for(videos)
    out, cap = tmp_path / "out", {"VIDEOBATCH_BUDGET__MONEY_DAY": str(cap_usd)}
    with stack(tmp_path / "home", **environment(server, **cap)) as cli:
        made = submit(cli, videos, out, "--yes", "--detach", "--json")
        assert made.exit_code == 0, made.said
        batch = paused(cli)
        assert (batch.reason or "").count("does not serve whisper-1 (HTTP 404)") == 1
        assert "name its successor, gpt-transcribe" in (batch.reason or "")
        assert "VIDEOBATCH_SPEECH__MODEL" in (batch.reason or "")
        assert not batch.counts.get("failed")
        assert server.counts().served == 2
        spent_usd = batch.cost_usd
        assert spent_usd <= cap_usd

        # Whoever names nothing is told, and nothing is spent.
        again = resumed(cli, {})
        assert again.exit_code == 2, again.said
        assert "no other model is named in place of whisper-1" in again.err
        assert paused(cli).cost_usd == pytest.approx(spent_usd)
        assert server.counts().served == 2
        # One without a price could pass the cap.
        refused = resumed(cli, {"VIDEOBATCH_SPEECH__MODEL": "nobody-knows"})
        assert refused.exit_code == 2, refused.said
        assert "the price of nobody-knows is not known" in refused.err

        # Who says so has the same one asked again, which is not served still.
        before = turned_away(server)
        same = resumed(cli, {}, "--same-model")
        assert same.exit_code == 0, same.said
        wait_for(lambda: turned_away(server) > before, SOON_S, "it is asked again")
        batch = paused(cli)
        assert "does not serve whisper-1 (HTTP 404)" in (batch.reason or "")
        assert batch.cost_usd == pytest.approx(spent_usd)
        assert server.counts().served == 2

        named = resumed(cli, {"VIDEOBATCH_SPEECH__MODEL": "gpt-transcribe"})
        assert named.exit_code == 0, named.said
        assert "gpt-transcribe in place of whisper-1" in named.err
        ended = cli("watch", made.json["batch"])
        assert ended.exit_code == 0, ended.said
        assert batch_of(cli).cost_usd <= cap_usd
    folder, heard_by = batch_folder(out), []
    for number in range(VIDEOS):
        assert_whole(folder / f"{number}.wav")
        text = (folder / f"{number}.wav" / "summary_report.md").read_text()
        heard_by += [name for name in ("whisper-1", "gpt-transcribe") if f"openai {name}" in text]
    # What was heard before is not heard again.
    assert sorted(heard_by) == ["gpt-transcribe"] * (VIDEOS - 2) + ["whisper-1"] * 2
    assert server.counts().served == VIDEOS
    paid = sum(manifest_of(folder / f"{number}.wav")["cost_usd"] for number in range(VIDEOS))
    assert 0 < paid <= cap_usd


def test_another_model_that_answers_is_paid_at_the_dearer_price_and_pauses(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    """Half of the videos are written, then the vendor has another model answer."""
    writer = {"VIDEOBATCH_API__WRITER": "gpt-4o-mini", "VIDEOBATCH_CONCURRENCY__MAX": "1"}
    cap = {"VIDEOBATCH_BUDGET__MONEY_DAY": str(CAP_USD)}
    server.change(answers_as={"gpt-4o-mini": "gpt-4.1-mini-2025-04-14"})
    out = tmp_path / "out"
    own = vendors_own(tmp_path / "site", "openai", server.url, "gpt-4o-mini", "gpt-6-luna")
    with stack(tmp_path / "home", **environment(server, **writer, **cap, **own)) as cli:
        made = submit(cli, videos, out, "--yes", "--detach", "--json")
        assert made.exit_code == 0, made.said
        batch = paused(cli)
        told = "has gpt-4.1-mini-2025-04-14 answer in place of gpt-4o-mini"
        assert told in (batch.reason or "")
        assert "VIDEOBATCH_WRITER__MODEL" in (batch.reason or "")
        tally = server.counts().endpoints["/v1/chat/completions"]
        written = tally.served
        # One video at a time: nothing more is asked once the batch is paused.
        assert written == 1
        assert batch.cost_usd <= CAP_USD
        costs = cli("costs").out
        assert "gpt-4.1-mini-2025-04-14 answered" in costs
        named = resumed(cli, {"VIDEOBATCH_WRITER__MODEL": "gpt-6-luna"})
        assert named.exit_code == 0, named.said
        ended = cli("watch", made.json["batch"])
        assert ended.exit_code == 0, ended.said
        assert batch_of(cli).cost_usd <= CAP_USD
    for number in range(VIDEOS):
        text = (batch_folder(out) / f"{number}.wav" / "summary_report.md").read_text()
        assert "writer: openai gpt-6-luna" in text
    tally = server.counts().endpoints["/v1/chat/completions"]
    # Each is written anew; one whose quotations are not found is asked once more.
    assert written + VIDEOS <= tally.served <= written + 2 * VIDEOS


def test_a_model_that_hears_and_writes_has_one_successor_for_both(
    videos: Path, tmp_path: Path
) -> None:
    """As Google routes requests from the day on which a model is off."""
    key, old, new = "AIza-test-0123456789abcdef", "gemini-2.5-flash", "gemini-3.5-flash-lite"
    out = tmp_path / "out"
    with ApiServer(tmp_path / "api", keys=(key,), answers_as={old: new}) as server:
        url = server.url.removesuffix("/v1")
        variables = {
            **vendors_own(tmp_path / "site", "gemini", url, old, new),
            "GEMINI_API_KEY": key,
            "GEMINI_BASE_URL": url,
            "VIDEOBATCH_API__MODEL": old,
            "VIDEOBATCH_API__WRITER": old,
            "VIDEOBATCH_BUDGET__MONEY_DAY": "1",
        }
        with stack(tmp_path / "home", **variables) as cli:
            made = submit(cli, videos, out, "--provider", "gemini", "--yes", "--detach", "--json")
            assert made.exit_code == 0, made.said
            batch = paused(cli)
            assert {pause.cause for pause in batch.pauses} == {
                f"model:{group}:gemini:{old}" for group in ("speech", "writer")
            }
            assert (batch.reason or "").count(f"has {new} answer in place of {old}") == 1
            named = {f"VIDEOBATCH_{group}__MODEL": new for group in ("SPEECH", "WRITER")}
            again = resumed(cli, named)
            assert again.exit_code == 0, again.said
            assert again.err.count(f"{new} in place of {old}") == 2
            ended = cli("watch", made.json["batch"])
            assert ended.exit_code == 0, ended.said
            assert batch_of(cli).cost_usd < 1
    for number in range(VIDEOS):
        text = (batch_folder(out) / f"{number}.wav" / "summary_report.md").read_text()
        assert f"transcript: gemini {new}" in text
        assert f"writer: gemini {new}" in text
