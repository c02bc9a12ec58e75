"""Transcripts with many wrong words: a reader is warned where that is so, and nowhere else."""

from __future__ import annotations

from videobatch.languages import primary
from videobatch.ports import Transcriber, VideoTranscriber

# The small models of Whisper, and the languages that they write down well. Others may do: only
# English was measured (docs/benchmarks.md).
_SMALL_WHISPERS = frozenset({"tiny", "base"})
_CLEAR = frozenset({"en"})


def is_rough(transcriber: Transcriber | VideoTranscriber, language: str | None) -> bool:
    """True where many words of a transcript in that language are wrong."""
    if getattr(transcriber, "rough", False):
        return True
    is_small = transcriber.name == "whisper" and transcriber.model in _SMALL_WHISPERS
    return is_small and language is not None and primary(language) not in _CLEAR
