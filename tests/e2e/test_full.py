"""A disk or a Redis that is full: nothing is torn or lost, and the batch says why it waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Cli, stack
from tests.support.disks import small_disk
from tests.support.media import Recipe, Scenes, make_media
from tests.support.outputs import assert_whole, batch_folder
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.records import VideoState

pytestmark = pytest.mark.real

SOON_S = 300.0


def test_a_full_disk_pauses_the_batch_until_there_is_room(tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    for number in range(3):
        recipe = Recipe(seconds=12.0, sound=None, scenes=Scenes(changes_s=(6.0,), size=(640, 480)))
        make_media(videos / f"{number}.mp4", recipe)
    with small_disk(tmp_path / "disk", 64) as disk, stack(tmp_path / "home") as cli:
        filler = disk / "filler"
        filler.write_bytes(bytes(64 << 20)[: (64 << 20) - (24 << 10)])
        submitted = cli("submit", videos, "--out", disk / "out", "--detach", "--json")
        assert submitted.exit_code == 0, submitted.said
        batch = submitted.json["batch"]

        def waits() -> bool:
            with cli.views() as views:
                seen = views.batch(batch)
                assert seen is not None
                return seen.state == "paused" and not seen.counts[VideoState.RUNNING]

        wait_for(waits, SOON_S, "the batch is paused", lambda: cli.log("worker"))
        told = cli("status", batch, "--json").json["batches"][0]
        assert told["reason"].startswith("disk_full: the disk of ")
        with cli.views() as views:
            assert all(video.attempts == 0 for video in views.all_videos(batch))
        filler.unlink()
        assert cli("watch", batch).exit_code == 0, cli.log("worker")
        for number in range(3):
            assert_whole(batch_folder(disk / "out") / f"{number}.mp4")
        assert not list((disk / "out").rglob("*.part"))


def test_a_redis_that_would_forget_is_refused(own_redis: RedisServer, tmp_path: Path) -> None:
    make_media(tmp_path / "a.mp4")
    with own_redis.client() as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
    cli = Cli(tmp_path / "home", {"VIDEOBATCH_REDIS_URL": own_redis.url})
    refused = cli("submit", tmp_path / "a.mp4", "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "maxmemory-policy allkeys-lru" in refused.err
    assert "noeviction" in refused.err
    for program in (["-m", "controllers"], ["-m", "celery", "-A", "celery_app.main", "worker"]):
        ended = cli.python(program)
        assert ended.exit_code != 0
        assert "maxmemory-policy allkeys-lru" in ended.said
