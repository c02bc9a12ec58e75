"""Servers that others wrote: aimock (npm), and nginx with a rate limit in front of it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import ROOT, Process
from tests.support.servers import LOOPBACK, free_port

START_S = 20.0
FIXTURES = Path(__file__).with_name("aimock.json")
INSTALLED = ROOT / "build" / "compat"


@contextmanager
def aimock(folder: Path, *flags: str) -> Iterator[str]:
    """The address of an aimock with these flags; skips where it is not installed."""
    found = INSTALLED / "node_modules" / ".bin" / "llmock"
    if not found.exists():
        pytest.skip("aimock is not installed: `make compat` does it where there is npm")
    port = free_port()
    argv = [str(found), "-p", str(port), "-f", str(FIXTURES), "--log-level", "warn", *flags]
    process = Process(argv, folder / "aimock.log")
    try:
        process.wait_for(lambda: _listens(port), START_S, "aimock listens")
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.stop()


@dataclass(frozen=True)
class Gate:
    """nginx in front of a server, and its own record of what it let through."""

    url: str
    log: Path

    def statuses(self) -> list[tuple[float, int]]:
        """The time (Unix s) and the status of each request, oldest first."""
        lines = self.log.read_text().splitlines()
        pairs = (line.split() for line in lines)
        return [(float(at), int(status)) for at, status in pairs]


@contextmanager
def nginx(folder: Path, behind: str, per_min: int, burst: int) -> Iterator[Gate]:
    """nginx with `limit_req`, which answers 429 and says nothing else; skips without nginx."""
    binary = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if binary is None:
        pytest.skip("nginx is not installed")
    port, log = free_port(), folder / "access.log"
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        "events {}\n"
        "http {\n"
        f"  limit_req_zone $server_name zone=api:1m rate={per_min}r/m;\n"
        "  log_format plain '$msec $status';\n"
        f"  access_log {log} plain;\n"
        f"  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        "  server {\n"
        f"    listen {LOOPBACK}:{port}; server_name api;\n"
        "    location / {\n"
        f"      limit_req zone=api burst={burst} nodelay; limit_req_status 429;\n"
        f"      proxy_pass {behind};\n"
        "    }\n  }\n}\n"
    )
    log.touch()
    process = Process([binary, "-p", str(folder), "-c", str(config)], folder / "nginx.log")
    try:
        process.wait_for(lambda: _listens(port), START_S, "nginx listens")
        yield Gate(f"http://{LOOPBACK}:{port}", log)
    finally:
        process.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
