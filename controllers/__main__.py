"""`python -m controllers`: runs one controller until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import sys
import threading

from config.settings import load_settings
from controllers.composition import connected, controller, serve_metrics
from videobatch.errors import LedgerError, SettingsError
from videobatch.telemetry.logging import configure_logging


def main() -> int:
    """Exit code 0 after a signal, 2 if no Redis is named or it may lose what it knows."""
    settings = load_settings()
    configure_logging(json=settings.log_json, level=settings.log_level)
    try:
        store = connected(settings)
    except (LedgerError, SettingsError) as error:
        sys.stderr.write(f"{error.message}; {error.hint}\n")
        return 2
    made = controller(settings, store)
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    try:
        stop_metrics = serve_metrics(settings, store, made.rounds)
    except OSError as error:
        sys.stderr.write(f"VIDEOBATCH_METRICS__PORT cannot be opened: {error}\n")
        return 2
    made.run(stop)
    stop_metrics()
    return 0


if __name__ == "__main__":
    sys.exit(main())
