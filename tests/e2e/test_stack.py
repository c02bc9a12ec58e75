"""The local stack as a person meets it: up, Flower behind its password, down."""

from __future__ import annotations

import base64
import json
import stat
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.cli import stack
from tests.support.media import Recipe, make_media
from tests.support.outputs import batch_folder
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.runs("celery_app.flowerconfig", "cli.stack.commands")]


def status_of(url: str, password: str | None = None) -> int:
    """The HTTP status; 0 while nobody listens."""
    request = urllib.request.Request(url)
    if password is not None:
        token = base64.b64encode(f"videobatch:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    try:
        with urllib.request.urlopen(request, timeout=5.0) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def test_up_starts_all_of_it_once_and_down_ends_it(tmp_path: Path) -> None:
    with stack(tmp_path / "home") as cli:
        first = cli("up", "--json")
        assert first.exit_code == 0, first.said
        told = first.json
        assert told["started"] is True
        again = cli("up", "--json")
        assert (again.exit_code, again.json["started"]) == (0, False)
        secrets = Path(told["flower_password_file"])
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
        password = secrets.read_text().strip()
        # Only a terminal sees it; what is piped ends in files.
        assert password not in first.said + again.said
        url = told["flower_url"]
        assert url.startswith("http://127.0.0.1:")
        wait_for(lambda: status_of(url) != 0, 120.0, "Flower answers", lambda: cli.log("flower"))
        for page in ("/", "/workers", "/api/workers"):
            assert status_of(url + page) == 401
            assert status_of(url + page, "wrong") == 401
        assert status_of(f"{url}/workers", password) == 200
        checked = cli("doctor", "--json")
        assert checked.exit_code == 0, checked.said
        assert json.loads(checked.out)["ok"] is True
        ended = cli("down", "--json")
        assert (ended.exit_code, ended.json["ended"] >= 5) == (0, True), ended.said
        assert cli("down", "--json").json["ended"] == 0
        assert status_of(url) == 0
    log = "".join(cli.log(name) for name in ("worker", "controller", "flower", "redis"))
    assert "Traceback" not in log
    redis_password = (tmp_path / "home" / "secrets" / "redis").read_text().strip()
    assert redis_password not in log
    assert password not in log


def test_documents_are_readable_by_whom_the_caller_wants_and_the_rest_is_private(
    tmp_path: Path,
) -> None:
    folders: dict[int, Path] = {}
    with stack(tmp_path / "home") as cli:
        # Of who starts the stack, and of nobody else.
        started = cli.run(["sh", "-c", f"umask 077; exec {sys.executable} -m cli.main up"])
        assert started.exit_code == 0, started.said
        for octal in ("022", "002", "077"):
            videos, out = tmp_path / f"videos-{octal}", tmp_path / f"out-{octal}"
            videos.mkdir()
            make_media(videos / "a.mp4", Recipe())
            command = f'umask {octal}; exec "$0" -m cli.main submit "$1" --out "$2" --json'
            ended = cli.run(["sh", "-c", command, sys.executable, videos, out])
            assert ended.exit_code == 0, ended.said
            folders[int(octal, 8)] = batch_folder(out)
    for mask, folder in folders.items():
        found = {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
        assert folder / "report.md" in found
        assert {mode for path, mode in found.items() if path.is_file()} == {0o666 & ~mask}
        assert {mode for path, mode in found.items() if path.is_dir()} == {0o777 & ~mask}
    for path in (tmp_path / "home").rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0 or path.is_symlink(), path
