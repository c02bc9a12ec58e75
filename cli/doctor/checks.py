"""All checks of this machine, and the examinations that they come from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from cli.doctor import asking, documents, installed, local_stack, machine, redis_server, speech
from cli.doctor.check import Check
from cli.doctor.configuration import read_settings
from cli.doctor.examinations import Examination, examine
from cli.shared.days import today
from config.settings import Settings


def check_all() -> Iterator[Check]:
    """All checks of this machine, in the order in which they are shown."""
    read = read_settings()
    yield from examine(
        (
            Examination("python", installed.python),
            Examination("packages", installed.packages),
            Examination("programs", installed.programs),
        )
    )
    yield read.check
    yield from examine(
        (Examination("memory", machine.memory), Examination("loopback", machine.loopback))
    )
    if read.settings:
        yield from examine(examinations(read.settings))


def examinations(settings: Settings) -> Iterator[Examination]:
    """The examinations of what depends on settings."""
    home, out = settings.home, settings.out
    yield Examination("home", partial(machine.folder, "home", home, "VIDEOBATCH_HOME"))
    yield Examination("documents", partial(machine.folder, "documents", out, "VIDEOBATCH_OUT"))
    yield Examination("provider", partial(documents.provider, settings, today()), asking.LIMIT_S)
    yield Examination("speech", partial(speech.speech, settings), speech.LIMIT_S, speech.LATE)
    yield Examination("writer", partial(documents.writer, settings, today()), asking.LIMIT_S)
    yield Examination("slides", partial(documents.slides, settings.slides))
    yield Examination("templates", partial(documents.templates, settings))
    if settings.redis_url:
        url = settings.redis_url.get_secret_value()
        yield Examination("redis", partial(redis_server.redis, url), redis_server.LIMIT_S)
        return
    yield Examination("server", partial(local_stack.server, home, os.environ.get("PATH")))
    yield Examination("stack", partial(local_stack.stack, home), late=local_stack.AGAIN)
    yield Examination("flower", partial(local_stack.flower, home))
    yield Examination("redis", partial(local_stack.redis, home), redis_server.LIMIT_S)
