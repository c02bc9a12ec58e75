"""Every way in which Redis says "not now" is waited for; every refusal is told at once."""

from __future__ import annotations

import pytest
from redis._parsers.base import BaseParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from videobatch.errors import LedgerError
from videobatch.state.connection import connect
from videobatch.state.outages import outage_of
from videobatch.state.store import Store

OLD = "ERR Error running script (call to f_5b1c): @user_script:12: @user_script: 12: "
NOT_NOW = [
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "NOREPLICAS Not enough good replicas to write.",
    "NOREPLICAS Not enough good replicas to write. script: 5b1c, on @user_script:12.",
    "LOADING Redis is loading the dataset in memory",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "READONLY You can't write against a read only replica.",
    "READONLY You can't write against a read only replica. script: 5b1c, on @user_script:12.",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN The cluster is down",
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
    "NOSCRIPT No matching script. Please use EVAL.",
    "EXECABORT Transaction discarded because of previous errors.",
    "EXECABORT Transaction discarded because of: READONLY You can't write against a replica.",
    "ERR max number of clients reached",
    "ERR max number of clients + cluster connections reached",
    "ERR Script killed by user with SCRIPT KILL. script: 5b1c, on @user_script:1.",
    "ERR Error running script (call to f_5b1c): Script killed by user with SCRIPT KILL...",
    "ERR WAITAOF cannot be used with replica instances. Please also note ...",
    "Command # 1 (SET a 1) of pipeline caused error: NOREPLICAS Not enough good replicas.",
    "Command # 2 (SET a BUSY) of pipeline caused error: BUSY Redis is busy running a script.",
    f"{OLD}-READONLY You can't write against a read only replica.",
    f"{OLD}-NOREPLICAS Not enough good replicas to write.",
]
FULL = [
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OOM command not allowed when used memory > 'maxmemory'. script: 5b1c, on @user_script:12.",
    "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.",
    "MISCONF Errors writing to the AOF file: No space left on device",
    f"{OLD}-OOM command not allowed when used memory > 'maxmemory'.",
    f"{OLD}-MISCONF Errors writing to the AOF file: No space left on device",
]
REFUSED = [
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "ERR unknown command 'EVALSHA', with args beginning with: ",
    "Command # 1 (SET a BUSY) of pipeline caused error: WRONGTYPE Operation against a key",
    "NOPERM User worker has no permissions to run the 'evalsha' command",
    "BUSYGROUP Consumer Group name already exists",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "ERR Error running script (call to f_5b1c): @user_script:3: attempt to index a nil value",
]


def answered(text: str) -> RedisError:
    """The exception that a client makes of the server's error line."""
    made = BaseParser.parse_error(text)  # type: ignore[no-untyped-call]
    assert isinstance(made, RedisError)
    return made


def store(patience_s: float) -> Store:
    """One whose client nobody uses: the calls of these tests answer by themselves."""
    return Store(connect("redis://nowhere"), "vb", patience_s=patience_s)


class Answers:
    """A call that fails with the errors given, one after the other, and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.calls = 0

    def __call__(self, _: object) -> str:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "answer"


@pytest.mark.parametrize(
    "error",
    [
        *(answered(text) for text in NOT_NOW + FULL),
        RedisConnectionError("Connection closed by server."),
        RedisTimeoutError("Timeout reading from socket"),
        InvalidResponse("Protocol Error: b'H'"),
    ],
    ids=str,
)
def test_what_passes_is_waited_for(error: RedisError) -> None:
    call = Answers(error, error)
    assert store(60.0).ask(call) == "answer"
    assert call.calls == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "redis_away") for text in NOT_NOW),
        *((text, "redis_full") for text in FULL),
        *((text, "redis_refused") for text in REFUSED),
    ],
)
def test_without_patience_each_is_told_with_its_code(text: str, code: str) -> None:
    with pytest.raises(LedgerError) as told:
        store(0.0).ask(Answers(answered(text)))
    assert told.value.code == code
    assert bool(told.value.hint) == (code != "redis_refused")


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_is_not_tried_again(text: str) -> None:
    call = Answers(answered(text))
    with pytest.raises(LedgerError):
        store(60.0).ask(call)
    assert call.calls == 1


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), OSError("x")])
def test_other_errors_are_no_outages(error: Exception) -> None:
    assert outage_of(error) is None
