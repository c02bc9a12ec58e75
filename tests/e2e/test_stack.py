"""The local stack as a person meets it: up, Flower behind its password, down."""

from __future__ import annotations

import base64
import json
import stat
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.cli import stack
from tests.support.waiting import wait_for

pytestmark = pytest.mark.real


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
        wait_for(lambda: status_of(url) != 0, 30.0, "Flower answers", lambda: cli.log("flower"))
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
