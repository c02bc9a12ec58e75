"""Checks that a Redis answers, and that it keeps what it is given. Only reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cli.doctor.check import Check, bad, warn, well

TIMEOUT_S = 0.9
# For all of it, whatever the network does.
LIMIT_S = 2.0
AGAIN = "see the logs; `videobatch down`, then `videobatch up` starts it anew"
FORM = "the form is redis://host:6379/0; in a password write @ as %40, / as %2F, # as %23, ? as %3F"


class _NoAnswerError(Exception):
    """There is no answer from the server; the hint is for the one of VIDEOBATCH_REDIS_URL."""

    def __init__(self, found: str, hint: str) -> None:
        super().__init__(found)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Answer:
    """The place of a server, without its password, and what it says of itself."""

    place: str
    info: Mapping[str, Any]


def redis(url: str, *, is_local: bool = False) -> Iterator[Check]:
    """Checks that the server can be reached and keeps its data, and that a worker waits on it.

    `is_local` is for the stack's own, where a worker has to be.
    """
    try:
        answer = _ask(url)
    except _NoAnswerError as error:
        yield bad("redis", str(error), AGAIN if is_local else error.hint)
        return
    yield server(answer.place, answer.info)
    yield persistence(answer.info)
    yield eviction(answer.info)
    yield _worker(url, is_local=is_local)


def _ask(url: str) -> _Answer:
    from videobatch.state.readiness import look_at_server

    try:
        place = _place(url)
        found = look_at_server(url, "videobatch-doctor", timeout_s=TIMEOUT_S)
    except (ValueError, TypeError):  # Their text may repeat parts of the password.
        raise _NoAnswerError("VIDEOBATCH_REDIS_URL is not the URL of a Redis", FORM) from None
    if found.is_refused:
        hint = "check user and password in VIDEOBATCH_REDIS_URL"
        raise _NoAnswerError(f"{place} refuses the password", hint)
    if found.fault is not None:
        hint = "start the server, or check host and port in VIDEOBATCH_REDIS_URL"
        raise _NoAnswerError(f"{place} does not answer: {found.fault}", hint)
    return _Answer(place, found.info)


def _place(url: str) -> str:
    """Host and port, or the socket's path. Raises ValueError where these may be parts of a
    password that holds `/`, `?` or `#` as they are."""
    parts = urlsplit(url)
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("the password ends too late")
    if parts.scheme == "unix":
        return parts.path
    if not parts.hostname:
        raise ValueError("no host")
    return f"{parts.hostname}:{parts.port or 6379}"


def server(place: str, info: Mapping[str, Any]) -> Check:
    """Names the server, and checks that it takes writes and Lua over all keys."""
    kind = "Valkey" if "valkey_version" in info else "Redis"
    version = info.get("valkey_version") or info.get("redis_version", "of unknown version")
    found = f"{place} answers, {kind} {version}"
    if info.get("redis_mode") == "cluster":
        return bad("redis", f"{found}, a cluster", "use a single server: Celery needs one as well")
    if info.get("role", "master") != "master":
        return bad("redis", f"{found}, a replica", "use its primary: a replica takes no writes")
    return well("redis", found)


def persistence(info: Mapping[str, Any]) -> Check:
    """Checks that what is written outlives a crash of the server."""
    if info.get("aof_last_write_status", "ok") != "ok":
        found = "the server cannot write its append-only file"
        return bad("persistence", found, "free space on its disk, or look at its log")
    if "aof_enabled" not in info:
        return warn("persistence", "the server does not say", "see that it has `appendonly yes`")
    if not info["aof_enabled"]:
        found = "no append-only file: a crash of the server may lose batches"
        return warn("persistence", found, "set `appendonly yes` in the server's configuration")
    return well("persistence", "append-only file is on")


def eviction(info: Mapping[str, Any]) -> Check:
    """Checks that the server throws no data away when it is full."""
    policy = info.get("maxmemory_policy")
    hint = "set `maxmemory-policy noeviction` in the server's configuration"
    if policy is None:
        return warn("eviction", "the server does not say", f"see that it is right: {hint}")
    if policy != "noeviction":
        return bad("eviction", f"maxmemory-policy {policy} throws batches away when full", hint)
    return well("eviction", "maxmemory-policy noeviction")


def _worker(url: str, *, is_local: bool) -> Check:
    from videobatch.state.readiness import worker_consumes

    if worker_consumes(url):
        return well("worker", "waits for videos")
    if is_local:
        return bad("worker", "no worker waits for videos", AGAIN)
    return warn("worker", "no worker waits for videos", "start a worker on this Redis")
