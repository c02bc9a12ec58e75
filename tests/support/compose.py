"""docker-compose.yml without Docker: each service's own command and environment, as processes here.

What a container would have of its own (its file system, its network, its name) is put in place by
names: the mounts become folders of the test, `redis` the loopback address, and so on.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from cli.stack.broker import find_server
from tests.support.cli import OURS
from tests.support.processes import ROOT, Process
from tests.support.servers import LOOPBACK, free_port

VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")
PATIENCE_S = 30.0


def interpolated(text: str, environment: Mapping[str, str]) -> str:
    """The text as compose reads it; a variable that is required and not set is a KeyError."""

    def value(match: re.Match[str]) -> str:
        found = environment.get(match["name"], "")
        if not found and match["kind"] == "?":
            raise KeyError(match["name"])
        return found or (match["rest"] or "" if match["kind"] == "-" else "")

    return VARIABLE.sub(value, text)


class Composed:
    """The services of docker-compose.yml with folders below `folder`; ended by `end`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.videos, self.documents = folder / "videos", folder / "documents"
        self.secrets, self._data = folder / "secrets", folder / "data"
        for each in (self.videos, self.documents, self._data):
            each.mkdir(parents=True)
        script = [_shell(), str(ROOT / "scripts/secrets.sh"), str(self.secrets)]
        subprocess.run(script, check=True, capture_output=True)
        self.ports = {name: free_port() for name in ("redis", "flower")}
        self._environment = {"VIDEOS": str(self.videos), "DOCUMENTS": str(self.documents)}
        text = (ROOT / "docker-compose.yml").read_text("utf-8")
        self.document = yaml.safe_load(interpolated(text, self._environment))
        self._started: list[Process] = []
        self._count = 0

    def password(self, name: str) -> str:
        """The text of one of the secrets."""
        return (self.secrets / name).read_text("utf-8")

    @property
    def redis_url(self) -> str:
        """With the password of the user that the services have."""
        password = self.password("redis_password")
        return f"redis://videobatch:{password}@{LOOPBACK}:{self.ports['redis']}/0"

    def start_redis(self) -> Process:
        """The service `redis`, by its own command."""
        for each in self.document["services"]["redis"]["configs"]:
            text = self.document["configs"][each["source"]]["content"]
            if each["source"] == "redis":
                text += f"port {self.ports['redis']}\nbind {LOOPBACK}\n"
            self._place(each["target"]).write_text(self._here(text))
        return self._start("redis", "redis", {})

    def start(self, service: str, **more: str) -> Process:
        """One more container of the service; `more` are environment variables of the test's own."""
        self._count += 1
        return self._start(service, f"{service}{self._count}", more)

    def run_cli(
        self, *argv: str, environment: Mapping[str, str], limit_s: float = 120.0
    ) -> tuple[int, str, str]:
        """`docker compose run --rm cli ARGV`: exit code, answer, and what else it said."""
        command = self._command(list(argv))
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._variables("cli", "cli", environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
        )
        return done.returncode, done.stdout, done.stderr

    def is_healthy(self, service: str, process: Process) -> bool:
        """The service's own health check."""
        line = self.document["services"][service]["healthcheck"]["test"][1].replace("$$", "$")
        line = line.replace("/tmp/healthy", str(self._health_file(process.log_path.stem)))
        return subprocess.run([_shell(), "-c", line], capture_output=True).returncode == 0

    def end(self) -> None:
        """Ends whatever still runs."""
        for process in reversed(self._started):
            process.stop()

    def _start(self, service: str, name: str, more: Mapping[str, str]) -> Process:
        argv = self._command(self.document["services"][service]["command"], name)
        environment = self._variables(service, name, more)
        log_path = self.folder / f"{name}.log"
        inherited = dict.fromkeys((k for k in os.environ if k.startswith((*OURS, "FLOWER_"))), "")
        self._started.append(Process(argv, log_path, {**inherited, **environment}))
        return self._started[-1]

    def _command(self, argv: list[str], name: str = "cli") -> list[str]:
        here = [self._here(each).replace("$$", "$").replace("%h", name) for each in argv]
        program = Path(sys.executable).parent / here[0]
        found = str(program) if program.exists() else shutil.which(here[0])
        assert found, here
        return [found, *here[1:]]

    def _variables(self, service: str, name: str, more: Mapping[str, str]) -> dict[str, str]:
        told = cast("dict[str, Any]", self.document["services"][service].get("environment", {}))
        own = {key: self._here(str(value)) for key, value in told.items()}
        if "VIDEOBATCH_HEALTH_FILE" in own:
            own["VIDEOBATCH_HEALTH_FILE"] = str(self._health_file(name))
        path = {"PATH": os.environ["PATH"]}
        return {**path, "PYTHONUNBUFFERED": "1", **own, **more}

    def _health_file(self, name: str) -> Path:
        return self.folder / f"healthy-{name}"

    def _place(self, path: str) -> Path:
        return self.folder / path.strip("/").replace("/", "-")

    def _here(self, text: str) -> str:
        """What a container would see under these names, under their names here."""
        names = {
            "docker-entrypoint.sh redis-server": str(find_server(os.environ.get("PATH")).path),
            "/run/secrets": str(self.secrets),
            "/etc/videobatch-redis.conf": str(self._place("/etc/videobatch-redis.conf")),
            "/etc/videobatch-users.acl": str(self._place("/etc/videobatch-users.acl")),
            "/tmp/users.acl": str(self._place("/tmp/users.acl")),
            "@redis:6379": f"@{LOOPBACK}:{self.ports['redis']}",
            "/run/videobatch/own": str(self.folder / "meeting"),
            "dir /data": f"dir {self._data}",
            '"/videos"': json.dumps(str(self.videos)),
            '"/documents"': json.dumps(str(self.documents)),
            "--port=5555": f"--port={self.ports['flower']}",
            "0.0.0.0": LOOPBACK,  # noqa: S104 - of the container
        }
        if text in ("/videos", "/documents"):
            return str(self.folder / text.strip("/"))
        for there, here in names.items():
            text = text.replace(there, here)
        return text


def _shell() -> str:
    found = shutil.which("sh")
    assert found
    return found
