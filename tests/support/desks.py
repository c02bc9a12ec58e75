"""Parts of a child's desk, by default over a Redis that nobody is at."""

from __future__ import annotations

from redis import Redis

from config.access import load_access
from config.settings import load_settings
from tasks.composition import paid_options
from tasks.desk.paid import PaidCalls
from tasks.desk.present import Present
from tasks.desk.transports import PATIENT_S
from videobatch.state.connection import connect
from videobatch.state.store import Store

NOBODY_URL = "redis://127.0.0.1:1/0"


def paid_calls(client: Redis | None = None) -> PaidCalls:
    """Paid calls as the environment sets them. Connects to nothing yet."""
    client = client or connect(NOBODY_URL, name="test")
    options = paid_options(load_settings(), load_access())
    store = Store(client, "vb", patience_s=PATIENT_S)
    return PaidCalls(options, store, lambda: False, Present())
