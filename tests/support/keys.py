"""The names of keys in Redis, as the ledgers of tests and the local stack have them."""

from __future__ import annotations

from videobatch.state.keys import Keys

PREFIX = "vb"
KEYS = Keys(PREFIX)
STACK_KEYS = Keys("videobatch")
