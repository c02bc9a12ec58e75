"""An OpenAI-compatible API with real limits, which counts for itself.

It imports nothing of the product, so that its counts can be evidence for or against it.
A call is admitted or refused when its head has arrived, before a byte of its body is read;
only what the body tells (tokens, seconds of sound) is decided after the body.
"""

from __future__ import annotations

from tests.support.api_server.counts import Counts, Tally
from tests.support.api_server.process import ApiServer

__all__ = ["ApiServer", "Counts", "Tally"]
