"""The host's recogniser as a process: `python -m celery_app.recogniser`. It is put together here
from the settings, beside the workers that it serves, and loads nothing until it is asked."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from config.settings import Settings, load_settings
from videobatch.errors import SettingsError
from videobatch.ports import SlideReader, Transcriber
from videobatch.speech.host.decoders import threads_for
from videobatch.speech.host.server import HungError, Options, Recogniser
from videobatch.speech.host.wire import Wanted
from videobatch.telemetry.host import core_budget
from videobatch.telemetry.logging import configure_logging
from videobatch.telemetry.processes import process_tree

# Run as a program, its own name would be `__main__`.
log = logging.getLogger("celery_app.recogniser")


def main() -> None:
    """Serves until SIGTERM or SIGINT. Exits if no socket is set, or none can be made."""
    settings = load_settings()
    configure_logging(json=settings.log_json, level=settings.log_level)
    path = settings.speech.socket
    if path is None:
        sys.exit("VIDEOBATCH_SPEECH__SOCKET is not set; `videobatch up` sets it for its own")
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threads = threads_for(core_budget(), settings.cpu_target, settings.speech.threads)
    made = maker(settings, threads)
    recogniser = Recogniser(made, Options(threads), memory_bytes, make_reader)
    log.info("the recogniser of this host: %d segments or stills at once", threads)
    try:
        recogniser.run(path, stopped.is_set, health(settings.health_file))
    except SettingsError as error:
        sys.exit(f"{error.message}; {error.hint}")
    except HungError:
        log.critical("a request takes far longer than it may; the process ends")
        # Its thread cannot be ended.
        os._exit(os.EX_SOFTWARE)
    # Threads that wait for those who ask would be waited for.
    logging.shutdown()
    os._exit(os.EX_OK)


def maker(settings: Settings, threads: int) -> Callable[[Wanted], Transcriber]:
    """Makes the transcriber that is wanted, by the settings of this process; it serves so many
    threads at once."""

    def make(wanted: Wanted) -> Transcriber:
        from videobatch.speech.engines import SpeechOptions, make_transcriber
        from videobatch.speech.recognisers.whisper.chinese import SIMPLIFIED

        own = settings.speech
        speech = SpeechOptions(
            own.models_dir,
            own.model_dir,
            device=own.device,
            chinese=wanted.chinese or SIMPLIFIED,
            threads=threads,
        )
        return make_transcriber(
            wanted.engine, model=wanted.model, language=wanted.language, options=speech
        )

    return make


def make_reader(wanted: Wanted) -> SlideReader:
    """The reader of slides that is wanted. Raises SettingsError."""
    from videobatch.slides.readers import named_reader

    return named_reader(wanted.engine, wanted.model)


def health(file: Path | None) -> Callable[[], object]:
    """Renews the health file, where there is one."""
    return file.touch if file is not None else lambda: None


def memory_bytes() -> int | None:
    """The memory of this process, its part of shared pages included."""
    return process_tree(os.getpid()).pss_bytes


if __name__ == "__main__":
    main()
