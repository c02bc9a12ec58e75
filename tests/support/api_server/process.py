"""The server in a process of its own, as tests and benchmarks use it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.api_server.counts import Counts
from tests.support.api_server.options import Options
from tests.support.processes import Process

START_S = 300.0
CONTROL_S = 300.0
LOOPBACK = "127.0.0.1"


class ApiServer:
    """A running server; `options` are those of `options.Options`. Ends with the `with` block.

    Its configuration, which holds the keys, is a file in `folder` that only its owner may read.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        """Returns once it listens. Raises ValueError where the options are wrong."""
        config = Options.model_validate(options).model_dump_json()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "api_server.json"
        path.touch(mode=0o600)
        path.write_text(config)
        args = ["-m", "tests.support.api_server", "--config", str(path)]
        self.process = Process.python(args, folder / "api_server.log")
        try:
            self.process.wait_for(self._has_begun, START_S, "the API server listens")
        except BaseException:
            self.process.stop()
            raise
        ports = json.loads(self.process.log().splitlines()[0])
        self.port: int = ports["port"]
        self.control_url = f"http://{LOOPBACK}:{ports['control_port']}/control"
        # Loopback is reached directly, whatever proxies the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def _has_begun(self) -> bool:
        if not self.process.is_alive():
            raise AssertionError(f"the API server ended\n{self.process.tail()}")
        return "\n" in self.process.log()

    @property
    def url(self) -> str:
        """The base URL, which ends in `/v1`."""
        return f"http://{LOOPBACK}:{self.port}/v1"

    @property
    def pid(self) -> int:
        return self.process.pid

    def counts(self) -> Counts:
        """What it has seen since its start or the last reset."""
        return Counts.from_plain(self._ask("counts"))

    def reset(self, *, restart: bool = False) -> None:
        """Zeroes the counts, the limits stay as they stand; `restart`: quotas are full, and the
        clock of schedule, errors and outages begins at 0 too. A call in flight ends in the new
        counts."""
        self._ask("reset", {"restart": restart})

    def change(self, **options: Any) -> None:
        """Other options from now on; those that are lists are replaced whole. Steps of a
        schedule that lie in the past are not made up for. Raises ValueError."""
        self._ask("change", options)

    def _ask(self, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.control_url}/{what}", data=data)
        try:
            with self._opener.open(request, timeout=CONTROL_S) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]["message"]) from error

    def stop(self) -> None:
        """Ends it. Safe to repeat."""
        self.process.stop()

    def __enter__(self) -> ApiServer:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()
