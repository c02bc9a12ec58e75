"""A model from a hub, at its pinned revision: `ENDPOINT/REPOSITORY/resolve/REVISION/FILE`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

from videobatch.errors import PermanentError, TransientError, VideobatchError
from videobatch.speech.models.catalogue import Model, ModelFile
from videobatch.speech.models.marks import fault_of
from videobatch.speech.models.progress import Progress

ENDPOINT = "https://huggingface.co"
# The ending of a file's name while it comes.
COMING = ".coming"
# Tries in a row that bring nothing new; one that does counts anew.
TRIES = 4
FIRST_WAIT_S = 0.5
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
OK, PARTIAL, NOT_SATISFIABLE = 200, 206, 416


class HubSource:
    """Downloads a model's files from a hub, or from a mirror of it.

    `endpoint` is its address. A download that is cut goes on where it was, in this call and in the
    next; a file that is not the pinned one is fetched once anew. `wait` is given the seconds
    between two tries.
    """

    def __init__(
        self,
        endpoint: str = ENDPOINT,
        *,
        transport: httpx.BaseTransport | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint.strip().rstrip("/")
        self._transport = transport
        self._wait = wait
        self.name = self._endpoint

    def has(self, model: Model) -> bool:
        """True: every model of the catalogue names its repository."""
        return True

    def fill(self, model: Model, part: Path, progress: Progress) -> None:
        """Puts the model's files into `part`. Raises TransientError where the hub cannot be reached
        or goes away, PermanentError where it has no such file or gives another one."""
        progress.say(f"{model.name}: from {self._endpoint}/{model.repository}")
        with httpx.Client(
            timeout=TIMEOUT, follow_redirects=True, transport=self._transport
        ) as client:
            before_bytes = 0
            for file in model.files:
                coming = _Coming(part, file, before_bytes, model.size_bytes, progress)
                url = f"{self._endpoint}/{model.repository}/resolve/{model.revision}/{file.name}"
                if not coming.is_here:
                    self._fetch(client, url, coming)
                before_bytes += file.size_bytes

    def _fetch(self, client: httpx.Client, url: str, coming: _Coming) -> None:
        is_second = False
        while True:
            self._complete(client, url, coming)
            fault = coming.finish()
            if not fault:
                return
            if is_second:
                raise PermanentError(f"{fault}, twice", code="model_damaged")
            coming.progress.say(f"{fault}; fetching it anew")
            is_second = True

    def _complete(self, client: httpx.Client, url: str, coming: _Coming) -> None:
        """Returns when all bytes are here. Raises TransientError after `TRIES` tries in a row that
        brought nothing."""
        vain, most = 0, coming.here_bytes
        while coming.here_bytes < coming.file.size_bytes:
            error: Exception = TransientError("nothing came")
            try:
                _get(client, url, coming)
            except (httpx.TransportError, TransientError) as caught:
                error = caught
            if coming.here_bytes > most:
                vain, most = 0, coming.here_bytes
                continue
            vain += 1
            if vain >= TRIES:
                raise TransientError(_words(error), code="hub_away") from error
            self._wait(FIRST_WAIT_S * 2 ** (vain - 1))


class _Coming:
    """A file that comes, and how much of it is here."""

    def __init__(
        self, part: Path, file: ModelFile, before_bytes: int, total_bytes: int, progress: Progress
    ) -> None:
        self.file = file
        self.progress = progress
        self.path = part / f"{file.name}{COMING}"
        self._target = part / file.name
        self._before_bytes, self._total_bytes = before_bytes, total_bytes

    @property
    def is_here(self) -> bool:
        """True where an earlier call has brought the file."""
        return self._target.is_file() and not fault_of(self._target, self.file)

    @property
    def here_bytes(self) -> int:
        """The bytes that are here."""
        with suppress(FileNotFoundError):
            return self.path.stat().st_size
        return 0

    def write(self, response: httpx.Response, at_bytes: int) -> None:
        """Appends what comes, from `at_bytes` on; never more than the file has."""
        with self.path.open("r+b" if self.path.exists() else "wb") as opened:
            opened.truncate(at_bytes)
            opened.seek(at_bytes)
            for block in response.iter_raw():
                at_bytes += len(block)
                if at_bytes > self.file.size_bytes:
                    self.path.unlink()
                    raise PermanentError(
                        f"{self.file.name} is larger than the file that is pinned",
                        code="model_damaged",
                    )
                opened.write(block)
                opened.flush()
                self.progress.report(self._before_bytes + at_bytes, self._total_bytes)

    def finish(self) -> str:
        """Gives the file its name if it is the one that is pinned, else removes it and returns its
        fault in words."""
        fault = fault_of(self.path, self.file).replace(COMING, "")
        if fault:
            self.path.unlink(missing_ok=True)
        else:
            self.path.replace(self._target)
        return fault


def _get(client: httpx.Client, url: str, coming: _Coming) -> None:
    """Asks for what is missing. Raises httpx.TransportError, TransientError, PermanentError."""
    here = coming.here_bytes
    # Nothing packed: places in the file are counted by the server, too.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={here}-"} if here else {})}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == PARTIAL and _begins_at(response) == here:
            coming.write(response, here)
        elif response.status_code == OK:
            coming.write(response, 0)
        elif response.status_code in {PARTIAL, NOT_SATISFIABLE}:
            # Another file than the one that was begun.
            coming.path.unlink(missing_ok=True)
            raise TransientError(f"{coming.file.name} is begun anew")
        else:
            raise _refusal(response)


def _begins_at(response: httpx.Response) -> int:
    found = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(found) if found.isdecimal() else -1


def _refusal(response: httpx.Response) -> VideobatchError:
    said = f"HTTP {response.status_code} for {response.request.url.path}"
    if response.status_code == 429 or response.status_code >= 500:
        return TransientError(said, code="hub_away")
    return PermanentError(said, code="hub_refuses")


def _words(error: Exception) -> str:
    if isinstance(error, VideobatchError):
        return error.message
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
