"""Batches and videos as the ledger has them, read without changing anything."""

from __future__ import annotations

from videobatch.state.views.batches import OPEN_STATES, BatchView
from videobatch.state.views.reading import Views
from videobatch.state.views.videos import VideoView

__all__ = ["OPEN_STATES", "BatchView", "VideoView", "Views"]
