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
                             ├─ a model that is gone, or another one that answers ► ModelGoneError
                             └─ 400 and other 4xx ► PermanentError

An error in the body of a 2xx is that error (`replies.py`). Only what passed the call's check is
stored and served: what was paid for and is of no use is noted as spent (`Answers.spend`). This
module walks the way; `outcomes.py` settles, notes and stores, `server.py` is the other side.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx

from videobatch.ports import Answers, Flight, Limiter, Phases
from videobatch.providers.calls.call import Call
from videobatch.providers.calls.keys import Key, KeyRing
from videobatch.providers.calls.outcomes import CallOutcomes, DownError
from videobatch.providers.calls.rate_headers import read_feedback
from videobatch.providers.calls.rejections import is_key_refused
from videobatch.providers.calls.replies import Reply, read_reply
from videobatch.providers.calls.server import READ_TIMEOUT_S, Server
from videobatch.providers.catalog import bearer
from videobatch.records import Feedback, Permit, Phase

log = logging.getLogger(__name__)

# A request that a server cannot bear fails again; one that met a bad moment does not.
FAILURES_IN_PLACE = 3


class Transport:
    """Sends paid calls to one server under one budget; used by many threads at once."""

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
        is_at_the_provider: bool = False,
        read_timeout_s: float = READ_TIMEOUT_S,
        wire: httpx.BaseTransport | None = None,
    ) -> None:
        """`auth` makes the headers that carry a key; `is_at_the_provider` says that the server is
        the vendor's own; `wire` replaces the network, for tests. Raises SettingsError for a base
        URL that is none, or that holds a password."""
        self.server = Server(
            base_url,
            keys,
            url_variable=base_url_variable,
            auth=auth,
            read_timeout_s=read_timeout_s,
            wire=wire,
        )
        self.base_url = self.server.base_url
        self._limiter, self._answers, self._phases = limiter, answers, phases
        self._outcomes = CallOutcomes(
            self.server,
            limiter=limiter,
            answers=answers,
            phases=phases,
            is_at_the_provider=is_at_the_provider,
        )

    def send(self, call: Call) -> str:
        """The call's answer, stored or new. Safe to repeat: a stored one is not paid for again.

        Raises TransientError (`api_down`, `odd_answer`), RejectedError, ModelGoneError, what the
        call's check raises, SettingsError where no key is accepted, and what the limiter raises. A
        refused call waits at the limiter for as long as that takes, and so does one whose server is
        away.
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
            if found is None:
                return None
            if call.takes(found) and (not flight.is_kept or call.is_final(found)):
                return found
            log.info("the stored answer of %s is of no use; it is asked for anew", call.what)
            self._answers.drop(call.key, found)

    def waiting(self) -> AbstractContextManager[None]:
        """Marks a wait for the provider; whoever waits for somebody else's call does so, too."""
        return self._phases.mark(Phase.API)

    def _made(self, call: Call, flight: Flight) -> str:
        """The answer to a call that is this caller's to send."""
        body, client = call.build(), self.server.client()
        is_again, failures, gone_before = False, 0, self._outcomes.gone_calls
        while True:
            key = self.server.keys.pick()
            permit, is_due = self._permitted(call, flight, is_again=is_again)
            if not is_due:
                self._outcomes.unsent(call, permit)
                found = self._waited(call, flight)
                if found is not None:
                    return found
                continue
            self._outcomes.check_gone(call, permit, gone_before)
            # Not before: whoever dies while it waits has paid for nothing.
            self._answers.begin(call.key, call.what)
            is_again = True
            try:
                reply, feedback = self._replied(call, permit, client, key, body)
                if 200 <= reply.status < 300:
                    return self._outcomes.served(call, permit, feedback, reply, flight)
                self._outcomes.unserved(call, permit, feedback, reply)
            except DownError as error:
                failures += not error.is_away
                if failures >= FAILURES_IN_PLACE:
                    raise self.server.down(error.message) from error
                self.server.note_away(error.message)
                continue
            if is_key_refused(reply):
                self.server.keys.drop(key, reply.status)

    def _permitted(self, call: Call, flight: Flight, *, is_again: bool) -> tuple[Permit, bool]:
        """The permit, and whether the call is still this caller's to send: the wait for one may
        have taken hours."""
        with self._phases.mark(Phase.LIMITER):
            permit = self._limiter.acquire(call.need, again=is_again)
            return permit, flight.is_due()

    def _replied(
        self, call: Call, permit: Permit, client: httpx.Client, key: Key, body: Mapping[str, Any]
    ) -> tuple[Reply, Feedback]:
        """The server's reply to the call, and its news of the limits."""
        with self._outcomes.settled_if_cut(call, permit), self._phases.mark(Phase.API):
            left = _Leaving()
            response = client.post(
                self.server.address(call.path),
                headers=self.server.headers(key),
                extensions=left.watch,
                **body,
            )
        reply = read_reply(response)
        found = read_feedback(reply.status, response.headers, reply.body, now_s=time.time())
        feedback = replace(found, left_s=left.at_s)
        self._outcomes.count(feedback, left.at_s)
        return reply, feedback

    def ask(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Something that is not paid for: one request without permit and answers. `url` is a path
        below the base URL, or an address that the server gave, which gets no key: it may be
        anybody's. Raises TransientError (`api_down`) where no response comes; a 401 or a 403 is the
        caller's to understand."""
        headers = dict(request.pop("headers", {}))
        if "://" not in url:
            url = self.server.address(url)
            headers |= self.server.headers(self.server.keys.pick())
        try:
            with self._phases.mark(Phase.API):
                return self.server.client().request(method, url, headers=headers, **request)
        except httpx.TransportError as error:
            raise self.server.down(f"gave no answer ({type(error).__name__})") from error

    def told(self, response: httpx.Response) -> Mapping[str, Any]:
        """The JSON object of a response; empty where it is none."""
        body = read_reply(response).body
        return body if isinstance(body, Mapping) else {}

    def said(self, response: httpx.Response) -> str:
        """The server's own words in a response that is an error, cleaned and short."""
        return self.server.said(read_reply(response))

    def close(self) -> None:
        """Closes the connections. Safe to repeat; a later call opens them anew."""
        self.server.close()


class _Leaving:
    """The moment when a request had left: after its connection was made and its body sent."""

    def __init__(self) -> None:
        self.at_s = time.monotonic()
        self.watch = {"trace": self._note}

    def _note(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_body.complete"):
            self.at_s = time.monotonic()
