"""All checks of this machine, and the probes that they come from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from cli.doctor import asking, documents, installed, local_stack, machine, redis_server
from cli.doctor.check import Check
from cli.doctor.configuration import read_settings
from cli.doctor.probes import Probe, examine
from config.settings import Settings


def check_all() -> Iterator[Check]:
    """All checks of this machine, in the order in which they are shown."""
    reading = read_settings()
    yield from examine(
        (
            Probe("python", installed.python),
            Probe("packages", installed.packages),
            Probe("programs", installed.programs),
        )
    )
    yield reading.check
    yield from examine((Probe("memory", machine.memory), Probe("loopback", machine.loopback)))
    if reading.settings:
        yield from examine(probes(reading.settings))


def probes(settings: Settings) -> Iterator[Probe]:
    """The probes of what depends on settings."""
    home, out = settings.home, settings.out
    yield Probe("home", partial(machine.folder, "home", home, "VIDEOBATCH_HOME"))
    yield Probe("documents", partial(machine.folder, "documents", out, "VIDEOBATCH_OUT"))
    yield Probe("provider", partial(documents.provider, settings), asking.LIMIT_S)
    yield Probe("writer", partial(documents.writer, settings), asking.LIMIT_S)
    yield Probe("templates", partial(documents.templates, settings))
    if settings.redis_url:
        url = settings.redis_url.get_secret_value()
        yield Probe("redis", partial(redis_server.redis, url), redis_server.LIMIT_S)
        return
    yield Probe("server", partial(local_stack.server, home, os.environ.get("PATH")))
    yield Probe("stack", partial(local_stack.stack, home), late=local_stack.AGAIN)
    yield Probe("flower", partial(local_stack.flower, home))
    yield Probe("redis", partial(local_stack.redis, home), redis_server.LIMIT_S)
