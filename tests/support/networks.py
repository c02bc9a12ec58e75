"""A network of two hosts on this machine: the second is a namespace behind a cable (veth)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

HERE, THERE = "10.213.77.1", "10.213.77.2"


class NoNetworkError(Exception):
    """This machine does not let us make one; the text says why."""


@dataclass(frozen=True, slots=True)
class Cable:
    """The way between this host and the namespace `name`, which can be cut."""

    name: str
    near_end: str

    @property
    def inside(self) -> list[str]:
        """The beginning of a command that is to run on the other side."""
        return [_ip_program(), "netns", "exec", self.name]

    def cut(self) -> None:
        """Nothing passes any more, and nobody is told: connections stay as they are."""
        _ip("link", "set", self.near_end, "down")

    def mend(self) -> None:
        _ip("link", "set", self.near_end, "up")


@contextmanager
def cable() -> Iterator[Cable]:
    """The network, removed at the end whatever happened. Raises NoNetworkError."""
    if os.geteuid() != 0:
        raise NoNetworkError("network namespaces need root")
    made = Cable(name=f"vb-{os.getpid()}", near_end=f"vb{os.getpid()}h")
    far_end = f"vb{os.getpid()}n"
    _ip("netns", "add", made.name)
    try:
        _ip("link", "add", made.near_end, "type", "veth", "peer", "name", far_end)
        _ip("link", "set", far_end, "netns", made.name)
        _ip("addr", "add", f"{HERE}/30", "dev", made.near_end)
        _ip("-n", made.name, "addr", "add", f"{THERE}/30", "dev", far_end)
        _ip("-n", made.name, "link", "set", far_end, "up")
        made.mend()
        _run([*made.inside, "true"])
        yield made
    finally:
        # The cable goes with the namespace that one of its ends is in.
        _ip("netns", "del", made.name)


def _ip_program() -> str:
    found = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise NoNetworkError("there is no `ip` (iproute2)")
    return found


def _ip(*arguments: str) -> None:
    _run([_ip_program(), *arguments])


def _run(argv: list[str]) -> None:
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=300.0)
    if ended.returncode != 0:
        raise NoNetworkError(f"`{' '.join(argv)}`: {ended.stderr.strip()}")
