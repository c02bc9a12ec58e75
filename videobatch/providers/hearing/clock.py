"""A recogniser of this machine as the clock of one that tells no times."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from videobatch.errors import PermanentError, TimeLimitError, TransientError
from videobatch.ports import Transcriber
from videobatch.providers.hearing.alignment import with_times
from videobatch.records import AudioSegment, Utterance

log = logging.getLogger(__name__)

# It waits minutes for a recogniser that is gone, each time.
MOST_FAILURES = 2


class Clock:
    """Times by what `local` hears, for any number of threads.

    What was paid for is never lost for want of a time: where the recogniser fails, or hears other
    words, sentences keep the times that they have. One that cannot do it, or has failed so often in
    a row, is not asked again by this process.
    """

    def __init__(self, local: Transcriber) -> None:
        self._local: Transcriber | None = local
        self._failures = 0

    def timed(self, said: Sequence[Utterance], sound: AudioSegment) -> tuple[Utterance, ...]:
        """The sentences, with the times of their words where they could be told. Raises
        StoppingError and TimeLimitError."""
        local = self._local
        if local is None or not said:
            return tuple(said)
        try:
            heard = local.transcribe(sound)
        except TimeLimitError:
            raise
        except (PermanentError, TransientError) as error:
            log.warning("sentences get no exact times: %s", error.message)
            self._failures += 1
            if isinstance(error, PermanentError) or self._failures >= MOST_FAILURES:
                self._local = None
            return tuple(said)
        self._failures = 0
        timed = with_times(said, heard, sound.start_s, sound.end_s)
        if timed is None:
            log.warning(
                "%s hears other words from %.0f s to %.0f s: sentences get no exact times there",
                local.model,
                sound.start_s,
                sound.end_s,
            )
        return tuple(said) if timed is None else timed
