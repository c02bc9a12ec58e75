"""The end of a call that was sent: settled with the limiter, its answer stored or its failure told.

The note of `Answers.begin` says that the call may have been paid for. It is taken back where the
call was certainly not served, and stays after a time-out or a cut in the middle.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import httpx

from videobatch.errors import (
    UPLOAD_GONE,
    BudgetError,
    ModelGoneError,
    PermanentError,
    RejectedError,
    SettingsError,
    TransientError,
)
from videobatch.ports import Answers, Flight, Limiter, Phases
from videobatch.providers.calls.call import Call, UnfitError
from videobatch.providers.calls.rejections import (
    in_words,
    is_key_refused,
    is_model_gone,
    is_out_of_money,
    is_upload_gone,
    rejection_code,
)
from videobatch.providers.calls.replies import Reply
from videobatch.providers.calls.server import Server
from videobatch.providers.calls.usage import answering
from videobatch.providers.paid_models import Asked
from videobatch.records import Amounts, Counted, Currency, Feedback, Permit, Phase

# Enough to see which parameter a server means.
SAID_CHARACTERS = 4000
# Overloaded servers say so before they work (529 is not a standard, some send it).
NOT_SERVED = frozenset({503, 529})
# Gateways say these when the server behind them is away (Cloudflare has its own): like no
# connection, that passes.
AWAY = frozenset({502, 503, 504, *range(520, 525), 529, 530})
# Nothing of the request has left this machine.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class DownError(Exception):
    """A server that failed: `message` says how. One that `is_away` (no connection, or a gateway's
    word for it) will be back; one that is there and fails may do so again at this very call."""

    def __init__(self, message: str, *, is_away: bool) -> None:
        super().__init__(message)
        self.message = message
        self.is_away = is_away


class CallOutcomes:
    """The ends of the calls of one Transport; used by many threads at once."""

    def __init__(
        self,
        server: Server,
        *,
        limiter: Limiter,
        answers: Answers,
        phases: Phases,
        is_at_the_provider: bool,
    ) -> None:
        self._server = server
        self._is_at_the_provider = is_at_the_provider
        self._limiter, self._answers, self._phases = limiter, answers, phases
        # The calls that found their model gone, each for those that wait meanwhile.
        self._gone_calls: list[ModelGoneError] = []

    def unsent(self, call: Call, permit: Permit) -> None:
        """Gives the permit of a call back that need not be sent any more."""
        self._limiter.settle(permit, _none_of(call.need), Feedback(unsent=True))

    @property
    def gone_calls(self) -> int:
        """The number of calls that found their model gone."""
        return len(self._gone_calls)

    def check_gone(self, call: Call, permit: Permit, before: int) -> None:
        """Raises ModelGoneError where another call has found the model gone since there were
        `before` of those: what waited for its permit meanwhile would be paid for in vain."""
        if self.gone_calls == before:
            return
        self.unsent(call, permit)
        found = self._gone_calls[-1]
        raise ModelGoneError(found.message, model=found.model, hint=found.hint)

    @contextlib.contextmanager
    def settled_if_cut(self, call: Call, permit: Permit) -> Iterator[None]:
        """Settles a call that ends without a response. Raises DownError where it never left, else
        TransientError."""
        try:
            yield
        except NOT_SENT as error:
            self._phases.count(Counted.CALLS_FAILED)
            self._limiter.settle(permit, _none_of(call.need), Feedback(down=True))
            self._answers.forget(call.key)
            said = self._server.clean(str(error))
            raise DownError(f"cannot be reached: {said}", is_away=True) from error
        except httpx.TransportError as error:
            self._phases.count(Counted.CALLS_FAILED)
            self._limiter.settle(permit, None, Feedback(down=True))
            raise self._server.down(f"gave no whole answer ({type(error).__name__})") from error
        except httpx.DecodingError as error:
            self._limiter.settle(permit, None, Feedback(down=True))
            raise self._server.down("sent what cannot be unpacked") from error
        except BaseException:
            # A worker that is stopped in the middle, most likely: the call may be paid for.
            self._limiter.settle(permit, None, Feedback())
            raise

    def count(self, feedback: Feedback, left_s: float) -> None:
        """Counts a response for the worker's samples; `left_s` is when its request had left, by
        `time.monotonic()`."""
        if feedback.refused or feedback.down:
            self._phases.count(Counted.CALLS_REFUSED if feedback.refused else Counted.CALLS_FAILED)
        else:
            self._phases.count(Counted.CALLS_SERVED)
            self._phases.count(Counted.CALLS_MS, round((time.monotonic() - left_s) * 1000))

    def served(
        self, call: Call, permit: Permit, feedback: Feedback, reply: Reply, flight: Flight
    ) -> str:
        """The answer, which is stored before anything else happens. Raises what the call's check
        raises, for one that is noted as paid in vain, TransientError (`odd_answer`), and
        ModelGoneError where another model answered than was asked for, at the vendor's own server:
        a gateway's names may stand for any."""
        answer = self._read(call, permit, feedback, reply)
        used = _used(call, reply)
        self._server.note_back()
        answered = answering(reply.body)
        asked = call.asked if self._is_at_the_provider else None
        if asked is not None and asked.is_another(answered):
            # Paid for, at the dearer of the two prices: nobody asked for this one's words.
            self._answers.spend(call.key, call.what, f"{self._server.clean(answered)} answered")
            self._limiter.settle(permit, used, feedback)
            told = f"has {self._server.clean(answered)} answer in place of {asked.model}"
            raise self._gone(asked, told)
        try:
            call.check(answer)
        except PermanentError as error:
            # Paid for, and of no use: it is known for that, and served to nobody.
            self._answers.spend(call.key, call.what, self._server.clean(error.message))
            self._limiter.settle(permit, used, feedback)
            raise
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
                f"{self._server.name} answered {call.what} with what is no answer: "
                f"{self._server.said(reply) or 'nothing'}",
                hint=f"is {self._server.url_variable} the address of a compatible server?",
                code="odd_answer",
            ) from (error if isinstance(error, UnfitError) else None)

    def unserved(self, call: Call, permit: Permit, feedback: Feedback, reply: Reply) -> None:
        """Settles what was not served. Raises unless the call is to be sent again: DownError for a
        server that failed, BudgetError, ModelGoneError, TransientError (`upload_gone`),
        PermanentError."""
        perhaps_paid = feedback.down and reply.status not in NOT_SERVED
        self._limiter.settle(permit, None if perhaps_paid else _asked(call.need), feedback)
        if not perhaps_paid:
            self._answers.forget(call.key)
        if feedback.down:
            raise DownError(
                f"answered HTTP {reply.status}: {self._server.said(reply)}",
                is_away=reply.status in AWAY,
            )
        if is_out_of_money(reply):
            raise self._out_of_money(reply)
        if feedback.refused:
            return
        if is_upload_gone(reply):
            raise TransientError(
                f"{call.what}: the upload is gone", hint="it is made again", code=UPLOAD_GONE
            )
        if is_key_refused(reply):
            return
        if call.asked is not None and is_model_gone(reply):
            said = f"(HTTP {reply.status}): {self._server.said(reply)}"
            raise self._gone(call.asked, f"does not serve {call.asked.model} {said}")
        raise self._rejected(call, reply)

    def _gone(self, asked: Asked, what: str) -> ModelGoneError:
        named = f"its successor, {asked.successor}," if asked.successor else "another model"
        error = ModelGoneError(
            f"{self._server.name} {what}", model=asked.model, hint=f"name {named} and resume"
        )
        self._gone_calls.append(error)
        return error

    def _out_of_money(self, reply: Reply) -> BudgetError:
        return BudgetError(
            f"the account at {self._server.name} has no credit left, or is at its own cap: "
            f"{self._server.said(reply)}",
            reset_s=None,
            scope=self._server.name,
            hint="check plan and billing of the provider's account, then resume",
            code="account_quota",
        )

    def _rejected(self, call: Call, reply: Reply) -> PermanentError:
        server = self._server
        if 300 <= reply.status < 400:
            return SettingsError(
                f"{server.name} sends calls to another address (HTTP {reply.status})",
                hint=f"set {server.url_variable} to the address itself",
            )
        is_unknown = reply.status == 404
        return RejectedError(
            f"{call.what}: {in_words(reply)} (HTTP {reply.status}): {server.said(reply)}",
            hint=f"check the model's name and {server.url_variable}" if is_unknown else "",
            code=rejection_code(reply),
            status=reply.status,
            said=server.clean(reply.said, SAID_CHARACTERS),
            parameter=reply.trouble.parameter if reply.trouble else "",
            names=reply.trouble.names if reply.trouble else frozenset(),
        )


def _used(call: Call, reply: Reply) -> Amounts | None:
    """The amounts that the call used; None where the answer tells of them in a way that nobody
    understands."""
    try:
        return call.used(reply.body)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return None


def _none_of(need: Amounts) -> Amounts:
    return dict.fromkeys(need, 0.0)


def _asked(need: Amounts) -> Amounts:
    """The amounts of a call that was turned away: with most servers it still counts as one."""
    counted = (Currency.REQUESTS_MIN, Currency.REQUESTS_DAY)
    return {currency: amount if currency in counted else 0.0 for currency, amount in need.items()}
