"""Speech recognition: sound in, utterances with time stamps out."""

from __future__ import annotations

from videobatch.providers.offline.engines import make_transcriber

__all__ = ["make_transcriber"]
