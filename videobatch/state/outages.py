"""The meaning of an error of Redis for whoever called: come again later, or never mind.

Redis says "not now" in many ways besides being away: it loads its data, somebody's script runs
long, its replicas or its master are gone, a failover has just made it a replica, its memory or its
disk is full. All of them pass without anybody's fault, so all are outages. What remains is a
refusal that no waiting changes: a wrong type, a missing right, an unknown command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, MasterDownError, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

REDIS_AWAY, REDIS_FULL = "redis_away", "redis_full"


@dataclass(frozen=True, slots=True)
class Outage:
    """The words of a LedgerError for it, when nobody waits any longer."""

    code: str
    what: str
    hint: str


_START = "start it (videobatch up), or check VIDEOBATCH_REDIS_URL"
_REPLICA = "wait for the failover, or point VIDEOBATCH_REDIS_URL at the server that takes writes"
_AWAY = Outage(REDIS_AWAY, "Redis does not answer", _START)
_FULL = Outage(
    REDIS_FULL,
    "Redis takes no more writes",
    "make room on its disk or raise its maxmemory; running work waits for it",
)


def _not_now(hint: str) -> Outage:
    return Outage(REDIS_AWAY, "Redis says that it cannot now", hint)


# By the first word of the answer. https://redis.io/docs/latest/develop/reference/protocol-spec
# names the form; the words stand in the server's source (shared.* in server.c, replies of
# replication.c, script.c and cluster.c).
OUTAGES: Mapping[str, Outage] = {
    "BUSY": _not_now("a script runs long in it; `redis-cli script kill` ends that"),
    "CLUSTERDOWN": _not_now("see its cluster; running work waits for it"),
    "EXECABORT": _not_now("running work tries it again"),
    "LOADING": _not_now("it loads its data; wait until it has"),
    "MASTERDOWN": _not_now(_REPLICA),
    "MISCONF": _FULL,
    "NOREPLICAS": _not_now("its replicas are away; see its min-replicas-to-write"),
    "NOSCRIPT": _not_now("it has just been started or emptied; try again"),
    "OOM": _FULL,
    "READONLY": _not_now(_REPLICA),
    "TRYAGAIN": _not_now("it moves keys about; try again"),
    "UNBLOCKED": _not_now(_REPLICA),
}
_MANY_CLIENTS = _not_now("raise its maxclients, or end programs that are connected")
_KILLED = _not_now("somebody ended a script in it; try again")
_BY_TEXT = {
    "max number of clients": _MANY_CLIENTS,
    "Script killed by user": _KILLED,
    "cannot be used with replica instances": OUTAGES["READONLY"],
}
# Before Redis 7 what a script's command was refused with stands inside of the script's own error.
_WITHIN = re.compile(rf"(?:^|[\s:])-?({'|'.join(OUTAGES)})\b")
# redis-py puts which command it was in front of the server's words.
_IN_PIPELINE = " of pipeline caused error: "
# They tell that the connection leads to the wrong server, or nowhere: another one may lead to the
# right one, since the address is looked up anew.
RECONNECT = (ReadOnlyError, MasterDownError, InvalidResponse)


def outage_of(error: BaseException) -> Outage | None:
    """The outage that the error is a sign of; None where waiting cannot help."""
    if not isinstance(error, RedisError):
        return None
    text = str(error).rpartition(_IN_PIPELINE)[2]
    for part, outage in _BY_TEXT.items():
        if part in text:
            return outage
    code = error.status_code or text.partition(" ")[0]
    if code in OUTAGES:
        return OUTAGES[code]
    if isinstance(error, RedisConnectionError | RedisTimeoutError | InvalidResponse):
        return _AWAY
    within = _WITHIN.search(text) if "Error running script" in text else None
    return OUTAGES[within.group(1)] if within else None
