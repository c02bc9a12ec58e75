"""Two hosts make one batch: the second is a network namespace, and names the folders otherwise."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from redis.exceptions import NoPermissionError, RedisError

from tests.support.fleet import BATCH, Fleet, fleet_on
from tests.support.keys import KEYS
from tests.support.media import TONE, Recipe, Scenes, Sound, make_media
from tests.support.networks import HERE, Cable, NoNetworkError, cable
from tests.support.processes import ROOT, Process
from tests.support.servers import LOOPBACK, RedisServer, free_port
from videobatch.records import VideoState
from videobatch.state.connection import connect
from videobatch.state.versions import SCHEMA

pytestmark = pytest.mark.real

GUIDE = (ROOT / "docs/how-to/fleet.md").read_text("utf-8")
SOON_S = 300.0
END_S = 900.0
VIDEOS = 6
TEAMS = ("team-a", "team-b")
RECIPE = Recipe(
    seconds=12.0,
    scenes=Scenes(changes_s=(4.0, 8.0), fps=5, gop=15),
    sound=Sound(voiced=tuple((at + 0.2, at + 1.7) for at in range(0, 12, 2))),
)
# Where one host has all of it, nobody need be left some of it.
QUICK = replace(RECIPE, sound=TONE)


@pytest.fixture
def network() -> Iterator[Cable]:
    try:
        with cable() as made:
            yield made
    except NoNetworkError as error:
        pytest.skip(f"no second host here: {error}")


def names_elsewhere(fleet: Fleet, tmp_path: Path) -> dict[str, str]:
    """Settings of a machine that mounts the folders under other names; links stand for mounts."""
    videos, out = tmp_path / "nas-videos", tmp_path / "nas-out"
    videos.symlink_to(tmp_path / "videos")
    out.symlink_to(fleet.out.parent)
    there = {str(tmp_path / "videos"): str(videos), str(fleet.out.parent): str(out)}
    return {
        "VIDEOBATCH_PATHS__MAP": json.dumps(there),
        "VIDEOBATCH_PATHS__ROOTS": json.dumps([str(videos), str(out)]),
    }


def make_out(fleet: Fleet) -> None:
    """The batch's folder in one for documents, which alone may be reached by a link."""
    fleet.out = fleet.folder / "documents" / BATCH
    fleet.out.mkdir(parents=True)


def make_videos(folder: Path, recipe: Recipe = QUICK) -> list[Path]:
    folder.mkdir()
    return [make_media(folder / f"v{number}.mkv", recipe) for number in range(VIDEOS)]


def wait_for_all(fleet: Fleet, worker: Process) -> set[str | None]:
    """Who made the documents, once all are there."""
    ids = [f"v{number}" for number in range(VIDEOS)]

    def is_over() -> bool:
        return all(fleet.state(each).is_final for each in ids)

    worker.wait_for(is_over, END_S, "the batch ends")
    assert {fleet.state(each) for each in ids} == {VideoState.DONE}
    assert len(list(fleet.out.glob("*/summary_report.md"))) == VIDEOS
    return {fleet.video(each).worker for each in ids}


def test_two_hosts_make_one_batch_together(network: Cable, tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", [HERE])
    try:
        with fleet_on(server, tmp_path) as fleet:
            make_out(fleet)
            paths = make_videos(tmp_path / "videos", RECIPE)
            fleet.start_controller()
            first = fleet.start_worker("w1@first")
            far = {"VIDEOBATCH_REDIS_URL": server.url_at(HERE), **names_elsewhere(fleet, tmp_path)}
            fleet.start_worker("w1@second", network.inside, **far)
            fleet.submit(*paths)
            assert wait_for_all(fleet, first) == {"w1@first", "w1@second"}
    finally:
        server.stop()


def test_a_machine_that_names_the_folders_otherwise(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    with fleet_on(redis_server, tmp_path) as fleet:
        make_out(fleet)
        paths = make_videos(tmp_path / "videos")
        fleet.start_controller()
        worker = fleet.start_worker("w1@second", **names_elsewhere(fleet, tmp_path))
        fleet.submit(*paths)
        assert wait_for_all(fleet, worker) == {"w1@second"}


def test_a_job_outside_the_roots_fails_and_nothing_is_looked_at(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    with fleet_on(redis_server, tmp_path) as fleet:
        paths = make_videos(tmp_path / "videos")[:1]
        roots = json.dumps([str(tmp_path / "elsewhere")])
        fleet.start_controller()
        worker = fleet.start_worker(VIDEOBATCH_PATHS__ROOTS=roots)
        fleet.submit(*paths)
        worker.wait_for(lambda: fleet.state("v0").is_final, SOON_S, "it fails")
        found = fleet.video("v0")
        assert found.state is VideoState.FAILED
        assert found.error is not None
        assert "is not below what this worker may open" in found.error.message
        assert "VIDEOBATCH_PATHS__ROOTS" in found.error.hint
        assert found.stage is None
        # The controller, which is bound by no roots here, writes the batch's report; there is no
        # folder of a video.
        assert [each for each in fleet.out.rglob("*") if each.is_dir()] == []
        assert fleet.views.batch(BATCH) is not None


def tls_server(folder: Path) -> tuple[Process, str]:
    """A Redis that listens by TLS alone, with the certificate of scripts/certificates.sh, and its
    URL."""
    binary, shell = shutil.which("redis-server"), shutil.which("sh")
    if binary is None or shell is None or shutil.which("openssl") is None:
        pytest.skip("needs redis-server with TLS, and openssl (apt install redis-server)")
    folder.mkdir()
    script = [shell, str(ROOT / "scripts/certificates.sh"), str(folder), LOOPBACK]
    subprocess.run(script, check=True, capture_output=True)
    port = free_port()
    (folder / "redis.conf").write_text(
        f"port 0\ntls-port {port}\nbind {LOOPBACK}\ntls-ca-cert-file redis_ca.crt\n"
        "tls-cert-file redis.crt\ntls-key-file redis.key\ntls-auth-clients no\n"
        "user default off\nuser videobatch on >word ~* &* +@all\n"
        "appendonly yes\nmaxmemory-policy noeviction\n"
    )
    process = Process([binary, "redis.conf"], folder / "redis.log", folder=folder)
    query = f"ssl_cert_reqs=required&ssl_ca_certs={folder / 'redis_ca.crt'}"
    return process, f"rediss://videobatch@{LOOPBACK}:{port}/0?{query}"


def test_redis_by_tls_and_a_password_from_a_file(tmp_path: Path) -> None:
    process, url = tls_server(tmp_path / "tls")
    with process:
        process.wait_for_line("Ready to accept connections", SOON_S)
        password = tmp_path / "password"
        password.write_text("word\n")
        whole = url.replace("videobatch@", "videobatch:word@")
        secret = {"VIDEOBATCH_REDIS_URL": url, "VIDEOBATCH_REDIS_PASSWORD_FILE": str(password)}
        server = cast("RedisServer", KnownServer(whole))
        with fleet_on(server, tmp_path) as fleet:
            make_out(fleet)
            paths = make_videos(tmp_path / "videos")[:1]
            fleet.start_controller(**secret)
            worker = fleet.start_worker(**secret)
            fleet.submit(*paths)
            worker.wait_for(lambda: fleet.state("v0").is_final, END_S, "it ends")
            assert fleet.state("v0") is VideoState.DONE
        # Whose certificate is signed by nobody we know is not spoken to.
        unknown = whole.partition("?")[0] + "?ssl_cert_reqs=required"
        with connect(unknown) as stranger, pytest.raises(RedisError, match="certificate"):
            stranger.ping()


def user_of(team: str) -> list[str]:
    """The rights that docs/how-to/fleet.md gives a team's user."""
    (line,) = re.findall(r"^    user team-a on >\.\.\. (.*)$", GUIDE, re.MULTILINE)
    return [rule.replace("team-a", team) for rule in line.split()]


def test_teams_share_a_redis_and_cannot_read_each_other(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    try:
        with server.client() as admin:
            for team in TEAMS:
                rules = ["on", f">{team}", *user_of(team)]
                admin.execute_command("ACL", "SETUSER", team, *rules)
        urls = {
            team: f"redis://{team}:{team}@{LOOPBACK}:{server.port}/0"
            for team in ("team-a", "team-b")
        }
        fleets = {}
        with ExitStack() as ends:
            for team, url in urls.items():
                folder = tmp_path / team
                folder.mkdir()
                known = cast("RedisServer", KnownServer(url))
                fleets[team] = ends.enter_context(fleet_on(known, folder, prefix=team))
                fleets[team].out.mkdir()
                fleets[team].start_controller()
                fleets[team].start_worker()
                fleets[team].submit(*make_videos(folder / "videos")[:1])
            for fleet in fleets.values():
                worker = fleet.process("w1@here")
                worker.wait_for(partial(is_over, fleet), END_S, "its video ends")
                assert fleet.state("v0") is VideoState.DONE
                # Workers of the same name on one Redis: each has made its own alone.
                worker.wait_for_line("done (try 1)", SOON_S)
                assert worker.log().count("done (try 1)") == 1
            with pytest.raises(NoPermissionError):
                fleets["team-a"].client.hgetall("team-b:batch:b")
    finally:
        server.stop()


def is_over(fleet: Fleet) -> bool:
    return fleet.state("v0").is_final


def test_an_older_program_leaves_a_newer_ledger_alone(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    with fleet_on(redis_server, tmp_path) as fleet:
        fleet.client.set(KEYS.schema, SCHEMA + 1)
        worker = ["-m", "celery", "-A", "celery_app.main", "worker", "-n", "w1@here"]
        for name, argv, ended in (("controller", ["-m", "controllers"], 2), ("worker", worker, 1)):
            log_path = tmp_path / f"{name}.log"
            with Process.python(argv, log_path, fleet.variables()) as process:
                process.wait_for(partial(has_ended, process), SOON_S, "it refuses")
                assert process.returncode == ended
                assert f"the ledger is of version {SCHEMA + 1}" in process.log()
                assert "update videobatch on this machine" in process.log()
        assert fleet.client.get(KEYS.schema) == str(SCHEMA + 1)


def has_ended(process: Process) -> bool:
    return not process.is_alive()


class KnownServer:
    """The part of RedisServer that a fleet needs, for a server that runs already."""

    def __init__(self, url: str) -> None:
        self.url = url
