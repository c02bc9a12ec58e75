"""A hub on this machine that serves the made-up model, and troubles on the way."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.models import CONTENTS, MODEL
from videobatch.speech.models.catalogue import Model


class Hub:
    """Serves `/<repository>/resolve/<revision>/<file>` by a redirect, as the hub does.

    `cuts` are bytes after which the answer to a file's next request breaks off, `corrupts` how many
    whole answers of a file are wrong, `status` what is answered instead. `asked` has each request
    for content: the file and where it was to begin. `before` is called ahead of each of them.
    """

    def __init__(self, model: Model = MODEL, contents: Mapping[str, bytes] = CONTENTS) -> None:
        self.model, self.contents = model, dict(contents)
        self.cuts: dict[str, list[int]] = {}
        self.corrupts: Counter[str] = Counter()
        self.status: int | None = None
        self.takes_ranges = True
        self.asked: list[tuple[str, int]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        base = f"/{self.model.repository}/resolve/{self.model.revision}/"
        if self.status is not None:
            handler.send_error(self.status)
        elif handler.path.startswith(base):
            handler.send_response(302)
            handler.send_header("Location", f"{self.url}/blob/{handler.path.removeprefix(base)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        elif handler.path.removeprefix("/blob/") in self.contents:
            self._send(handler, handler.path.removeprefix("/blob/"))
        else:
            handler.send_error(404)

    def _send(self, handler: BaseHTTPRequestHandler, name: str) -> None:
        content = self.contents[name]
        found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        begin = int(found[1]) if found and self.takes_ranges else 0
        self.asked.append((name, begin))
        assert self.hold.wait(300)
        if begin >= len(content):
            handler.send_error(416)
            return
        if self.corrupts[name] and begin == 0:
            self.corrupts[name] -= 1
            content = b"?" + content[1:]
        handler.send_response(206 if begin else 200)
        if begin:
            handler.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(content) - begin))
        handler.end_headers()
        cuts = self.cuts.get(name, [])
        end = begin + cuts.pop(0) if cuts else len(content)
        handler.wfile.write(content[begin:end])
        handler.close_connection = True


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub on a free port; `hub.url` is what HF_ENDPOINT would be."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield hub
        finally:
            hub.hold.set()
            server.shutdown()
            thread.join()
