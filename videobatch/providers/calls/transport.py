"""One paid call, from the look-up of its answer to the storing of it.

    flight: found and passes, or somebody else's call gives it ──► answer
       │ ours
    permit ► still ours? ► note ► send ─ 2xx ► check ► store ► settle ──────────► answer
     │                       │     └─ of no use ► note as spent, settle ► what the check raises
     ▲                       ├─ 429 ► settle as refused, take the note back ─┐
     ├───────────────────────│────────────────────────────────────────────────┘
     └───────────────────────├─ 401, 403 ► leave that key out, take the next
                             ├─ no connection, 502 to 504 ► settle as down, and back to the permit:
                             │    the limiter lets one call at a time find out when it is back
                             ├─ 500 (three times), time-out ► settle as down, TransientError
                             └─ 400 and other 4xx ► PermanentError

An error in the body of a 2xx is that error (`replies.py`). Only what passed the call's check is
stored and served: what was paid for and is of no use is noted as spent (`Answers.spend`).
The note (`Answers.begin`) says that the call may have been paid for. It is taken back where the
call was certainly not served, and stays after a time-out or a cut in the middle.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from videobatch.errors import (
    UPLOAD_GONE,
    BudgetError,
    PermanentError,
    RejectedError,
    SettingsError,
    TransientError,
)
from videobatch.paths import display
from videobatch.ports import Answers, Flight, Limiter, Phases
from videobatch.providers.answers.completions import UnfitError
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.rate_headers import read_feedback
from videobatch.providers.calls.rejections import (
    in_words,
    is_key_refused,
    is_out_of_money,
    is_upload_gone,
    rejection_code,
)
from videobatch.providers.calls.replies import Reply, read_reply
from videobatch.records import Amounts, Counted, Currency, Feedback, Permit, Phase

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 600.0
MESSAGE_CHARACTERS = 300
# Enough to see which parameter a server means.
SAID_CHARACTERS = 4000
# Overloaded servers say so before they work (529 is not a standard, some send it).
NOT_SERVED = frozenset({503, 529})
# Gateways say these when the server behind them is away (Cloudflare has its own): like no
# connection, that passes.
AWAY = frozenset({502, 503, 504, *range(520, 525), 529, 530})
# A request that a server cannot bear fails again; one that met a bad moment does not.
FAILURES_IN_PLACE = 3
# Nothing of the request has left this machine.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def call_key(
    provider: str, model: str, parameters: Mapping[str, Any], prompt: str, content_hash: str
) -> str:
    """What a call is, as 64 hex digits: equal calls have equal keys, in every process.

    It is the SHA-256 of the five as one line of JSON: keys sorted, ASCII only, no spaces, behind
    a mark for this form. `parameters` is all that changes the answer and can be JSON; the order
    of its keys does not matter.
    """
    parts = ["videobatch-call-1", provider, model, parameters, prompt, content_hash]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be made: what it is (`key`, and `what` for a person), where to (`path` below the
    base URL) and what it needs.

    `build` gives httpx' arguments for the body, at the first sending and only then. `used` reads
    from the decoded JSON what the call really used, `answer` the text to keep; it raises
    UnfitError if the JSON is no answer at all. `check` raises PermanentError for a text that is
    not what was asked for: only one that passes is stored and served. One of which `is_final` is
    False is returned and not stored. With `is_text` the body may be plain text, and `answer` is
    handed that.
    """

    key: str
    what: str
    path: str
    need: Amounts
    build: Callable[[], Mapping[str, Any]]
    used: Callable[[Any], Amounts]
    answer: Callable[[Any], str]
    check: Callable[[str], object] = lambda text: None
    is_final: Callable[[str], bool] = lambda text: True
    is_text: bool = False


def bearer(secret: str) -> Mapping[str, str]:
    """The key as OpenAI wants it."""
    return {"Authorization": f"Bearer {secret}"}


class Transport:
    """Sends paid calls to one server under one budget; used by many threads at once.

    Proxies and certificates come from the environment (`HTTPS_PROXY`, `NO_PROXY`,
    `SSL_CERT_FILE`). Connections are made in the process that sends, so that a fork shares none.
    """

    def __init__(
        self,
        base_url: str,
        keys: KeyRing,
        *,
        limiter: Limiter,
        answers: Answers,
        phases: Phases,
        base_url_variable: str = "OPENAI_BASE_URL",
        auth: Callable[[str], Mapping[str, str]] = bearer,
        read_timeout_s: float = READ_TIMEOUT_S,
        wire: httpx.BaseTransport | None = None,
    ) -> None:
        """`auth` makes the headers that carry a key; `wire` replaces the network, for tests. Raises
        SettingsError for a base URL that is none, or that holds a password."""
        self.base_url = _checked(base_url, base_url_variable)
        self._variable = base_url_variable
        self._keys = keys
        self._auth = auth
        self._limiter, self._answers, self._phases = limiter, answers, phases
        # Each of connect, read, write and waiting for a connection; connecting is quicker.
        self._timeout = httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S)
        self._wire = wire
        self._clients: dict[int, httpx.Client] = {}
        self._lock = threading.Lock()
        self._is_away = False

    def send(self, call: Call) -> str:
        """The call's answer, stored or new. Safe to repeat: a stored one is not paid for again.

        Raises TransientError (`api_down`, `odd_answer`), RejectedError, what the call's check
        raises, SettingsError where no key is accepted, and what the limiter raises. A refused call
        waits at the limiter for as long as that takes, and so does one whose server is away.
        """
        with self._answers.flight(call.key) as flight:
            found = self._waited(call, flight)
            return self._made(call, flight) if found is None else found

    def _waited(self, call: Call, flight: Flight) -> str | None:
        """The stored answer, or None where this caller is to send. One that does not pass (of an
        older version, or of another check) is dropped, asked for anew, and replaced by what
        comes."""
        while True:
            with self.waiting():
                found = flight.wait()
            if found is None or (_passes(call, found) if flight.is_kept else _is_fit(call, found)):
                return found
            log.info("the stored answer of %s is of no use; it is asked for anew", call.what)
            self._answers.drop(call.key, found)

    def waiting(self) -> AbstractContextManager[None]:
        """Marks a wait for the provider; whoever waits for somebody else's call does so, too."""
        return self._phases.mark(Phase.API)

    def _made(self, call: Call, flight: Flight) -> str:
        """The answer to a call that is this caller's to send."""
        body, client = call.build(), self._client()
        again, failures = False, 0
        while True:
            key = self._keys.pick()
            with self._phases.mark(Phase.LIMITER):
                permit = self._limiter.acquire(call.need, again=again)
                # That may have taken hours.
                is_due = flight.is_due()
            if not is_due:
                self._limiter.settle(permit, _none_of(call.need), Feedback(unsent=True))
                found = self._waited(call, flight)
                if found is not None:
                    return found
                continue
            # Not before: whoever dies while it waits has paid for nothing.
            self._answers.begin(call.key, call.what)
            again = True
            try:
                with self._settled_if_cut(call, permit), self._phases.mark(Phase.API):
                    headers = self._auth(key.secret) if key.secret else {}
                    address, left = f"{self.base_url}/{call.path}", _Leaving()
                    response = client.post(address, headers=headers, extensions=left.watch, **body)
            except _NotSentError as error:
                self._say_once(error.message)
                continue
            reply = read_reply(response)
            feedback = _feedback(response, reply, left.at_s)
            self._count(feedback, left.at_s)
            if 200 <= reply.status < 300:
                return self._served(call, permit, feedback, reply, flight)
            try:
                self._unserved(call, permit, feedback, reply)
            except _DownError as error:
                failures += reply.status not in AWAY
                if failures >= FAILURES_IN_PLACE:
                    raise self._down(error.message) from error
                self._say_once(error.message)
            if is_key_refused(reply):
                self._keys.drop(key, reply.status)

    def ask(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Something that is not paid for: one request without permit and answers. `url` is a path
        below the base URL, or an address that the server gave, which gets no key: it may be
        anybody's. Raises TransientError (`api_down`) where no response comes; a 401 or a 403 is the
        caller's to understand."""
        headers = dict(request.pop("headers", {}))
        if "://" not in url:
            url = f"{self.base_url}/{url}"
            key = self._keys.pick()
            headers |= self._auth(key.secret) if key.secret else {}
        try:
            with self._phases.mark(Phase.API):
                return self._client().request(method, url, headers=headers, **request)
        except httpx.TransportError as error:
            raise self._down(f"gave no answer ({type(error).__name__})") from error

    def told(self, response: httpx.Response) -> Mapping[str, Any]:
        """The JSON object of a response; empty where it is none."""
        body = read_reply(response).body
        return body if isinstance(body, Mapping) else {}

    def said(self, response: httpx.Response) -> str:
        """The server's own words in a response that is an error, cleaned and short."""
        return self._said(read_reply(response))

    def _say_once(self, what: str) -> None:
        """Logs that the server is away, once for each stretch of it."""
        if not self._is_away:
            log.warning("%s %s; calls wait until it is back", self._host(), what)
        self._is_away = True

    def close(self) -> None:
        """Closes the connections. Safe to repeat; a later call opens them anew."""
        with self._lock:
            client = self._clients.pop(os.getpid(), None)
        if client:
            client.close()

    @contextlib.contextmanager
    def _settled_if_cut(self, call: Call, permit: Permit) -> Iterator[None]:
        """Settles a call that ends without a response, and raises TransientError for it."""
        try:
            yield
        except NOT_SENT as error:
            self._phases.count(Counted.CALLS_FAILED)
            self._limiter.settle(permit, _none_of(call.need), Feedback(down=True))
            self._answers.forget(call.key)
            raise _NotSentError(f"cannot be reached: {self._clean(str(error))}") from error
        except httpx.TransportError as error:
            self._phases.count(Counted.CALLS_FAILED)
            self._limiter.settle(permit, None, Feedback(down=True))
            raise self._down(f"gave no whole answer ({type(error).__name__})") from error
        except httpx.DecodingError as error:
            self._limiter.settle(permit, None, Feedback(down=True))
            raise self._down("sent what cannot be unpacked") from error
        except BaseException:
            # A worker that is stopped in the middle, most likely: the call may be paid for.
            self._limiter.settle(permit, None, Feedback())
            raise

    def _count(self, feedback: Feedback, left_s: float) -> None:
        if feedback.refused or feedback.down:
            self._phases.count(Counted.CALLS_REFUSED if feedback.refused else Counted.CALLS_FAILED)
        else:
            self._phases.count(Counted.CALLS_SERVED)
            self._phases.count(Counted.CALLS_MS, round((time.monotonic() - left_s) * 1000))

    def _served(
        self, call: Call, permit: Permit, feedback: Feedback, reply: Reply, flight: Flight
    ) -> str:
        answer = self._read(call, permit, feedback, reply)
        used = _used(call, reply)
        if self._is_away:
            log.info("%s is back", self._host())
            self._is_away = False
        try:
            call.check(answer)
        except PermanentError as error:
            # Paid for, and of no use: it is known for that, and served to nobody.
            self._answers.spend(call.key, call.what, self._clean(error.message))
            self._limiter.settle(permit, used, feedback)
            raise
        # Paid for, so it is kept before anything else happens.
        # The wait for the disk keeps no processor busy, like that for the provider.
        with self._phases.mark(Phase.API):
            if call.is_final(answer):
                self._answers.put(call.key, answer)
            else:
                flight.leave(answer)
                self._answers.spend(call.key, call.what, "it is empty")
        self._limiter.settle(permit, used, feedback)
        return answer

    def _read(self, call: Call, permit: Permit, feedback: Feedback, reply: Reply) -> str:
        """The text of the answer. Raises TransientError, with the server's own words, for what is
        none: whether that is paid for, nobody knows."""
        try:
            if reply.trouble:
                raise UnfitError("it is an error")
            if not call.is_text or isinstance(reply.body, dict | list):
                return call.answer(reply.body)
            if reply.is_page or reply.is_stream or not reply.text.strip():
                raise UnfitError("it is no text")
            return call.answer(reply.body if isinstance(reply.body, str) else reply.text)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
            self._limiter.settle(permit, None, feedback)
            raise TransientError(
                f"{self._host()} answered {call.what} with what is no answer: "
                f"{self._said(reply) or 'nothing'}",
                hint=f"is {self._variable} the address of a compatible server?",
                code="odd_answer",
            ) from (error if isinstance(error, UnfitError) else None)

    def _unserved(self, call: Call, permit: Permit, feedback: Feedback, reply: Reply) -> None:
        """Settles what was not served. Raises unless the call is to be sent again."""
        perhaps_paid = feedback.down and reply.status not in NOT_SERVED
        self._limiter.settle(permit, None if perhaps_paid else _asked(call.need), feedback)
        if not perhaps_paid:
            self._answers.forget(call.key)
        if feedback.down:
            raise _DownError(f"answered HTTP {reply.status}: {self._said(reply)}")
        if is_out_of_money(reply):
            raise BudgetError(
                f"the account at {self._host()} has no credit left, or is at its own cap: "
                f"{self._said(reply)}",
                reset_s=None,
                scope=self._host(),
                hint="check plan and billing of the provider's account, then resume",
                code="account_quota",
            )
        if feedback.refused:
            return
        if is_upload_gone(reply):
            raise TransientError(
                f"{call.what}: the upload is gone", hint="it is made again", code=UPLOAD_GONE
            )
        if not is_key_refused(reply):
            raise self._rejected(call, reply)

    def _rejected(self, call: Call, reply: Reply) -> PermanentError:
        if 300 <= reply.status < 400:
            return SettingsError(
                f"{self._host()} sends calls to another address (HTTP {reply.status})",
                hint=f"set {self._variable} to the address itself",
            )
        return RejectedError(
            f"{call.what}: {in_words(reply)} (HTTP {reply.status}): {self._said(reply)}",
            hint=f"check the model's name and {self._variable}" if reply.status == 404 else "",
            code=rejection_code(reply),
            status=reply.status,
            said=self._clean(reply.said, SAID_CHARACTERS),
            parameter=reply.trouble.parameter if reply.trouble else "",
            names=reply.trouble.names if reply.trouble else frozenset(),
        )

    def _down(self, what: str) -> TransientError:
        return TransientError(
            f"{self._host()} {what}",
            hint=f"if this goes on, check {self._variable} and the proxy's variables",
            code="api_down",
        )

    def _said(self, reply: Reply) -> str:
        """The server's own words, cleaned and short."""
        return self._clean(reply.said)

    def _clean(self, text: str, most: int = MESSAGE_CHARACTERS) -> str:
        # Keys go first: half a key at the end of a cut text would not be known for one.
        return display(self._keys.redact(" ".join(text.split())))[:most]

    def _host(self) -> str:
        return httpx.URL(self.base_url).netloc.decode("ascii")

    def _client(self) -> httpx.Client:
        with self._lock:
            client = self._clients.get(os.getpid())
            if client is None:
                # What a fork brought along is not closed: that would end the parent's TLS.
                self._clients.clear()
                client = self._clients[os.getpid()] = self._new_client()
            return client

    def _new_client(self) -> httpx.Client:
        try:
            return httpx.Client(
                timeout=self._timeout,
                # The limiter says how many calls are out; a second gate would hide the wait.
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
                transport=self._wire,
            )
        except (ValueError, ImportError, OSError, httpx.InvalidURL) as error:
            raise SettingsError(
                f"no connection can be set up: {self._clean(str(error))}",
                hint="check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE",
            ) from error


class _DownError(Exception):
    """The server failed; `message` says how."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _NotSentError(_DownError):
    """The server could not be reached, and was asked for nothing."""


def _checked(base_url: str, variable: str) -> str:
    try:
        url = httpx.URL(base_url.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise SettingsError(
            f"{variable} is no address: {error}", hint=f"set {variable} to https://..."
        ) from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError(
            f"{variable} is no address of a server",
            hint=f"set {variable} to an address that begins with https:// or http://",
        )
    if url.userinfo or url.query or url.fragment:
        raise SettingsError(
            f"{variable} holds more than an address",
            hint=f"leave user, password, ? and # out of {variable}; the key has its own variable",
        )
    return str(url)


def _feedback(response: httpx.Response, reply: Reply, left_s: float) -> Feedback:
    found = read_feedback(reply.status, response.headers, reply.body, now_s=time.time())
    return replace(found, left_s=left_s)


def _passes(call: Call, stored: str) -> bool:
    return _is_fit(call, stored) and call.is_final(stored)


def _is_fit(call: Call, answer: str) -> bool:
    try:
        call.check(answer)
    except PermanentError:
        return False
    return True


def _used(call: Call, reply: Reply) -> Amounts | None:
    """What the call used; None where the answer tells of it in a way that nobody understands."""
    try:
        return call.used(reply.body)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return None


class _Leaving:
    """When a request had left: after its connection was made and its body sent."""

    def __init__(self) -> None:
        self.at_s = time.monotonic()
        self.watch = {"trace": self._note}

    def _note(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_body.complete"):
            self.at_s = time.monotonic()


def _none_of(need: Amounts) -> Amounts:
    return dict.fromkeys(need, 0.0)


def _asked(need: Amounts) -> Amounts:
    """What a call that was turned away has used: with most servers it still counts as one."""
    counted = (Currency.REQUESTS_MIN, Currency.REQUESTS_DAY)
    return {currency: amount if currency in counted else 0.0 for currency, amount in need.items()}
