"""Which version of the ledger's keys is in force, so that old and new programs can tell.

A program knows the versions from OLDEST to SCHEMA, and writes what the version in force has. That
is raised by the leading controller alone, once every living worker knows the new one: until then a
newer program works beside older ones, and from then on an older one refuses to start. Raise SCHEMA
with every change of what another program's scripts read or write, and OLDEST when the old way of
writing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from redis import Redis

from videobatch.errors import LedgerError
from videobatch.state.connection import patiently
from videobatch.state.outages import REDIS_AWAY, REDIS_FULL

SCHEMA = 1
OLDEST = 1
PATIENCE_S = 2.0


def agree(
    client: Redis,
    prefix: str,
    *,
    schema: int = SCHEMA,
    oldest: int = OLDEST,
    patience_s: float = PATIENCE_S,
) -> int:
    """The version in force, which an empty ledger gets from the first that comes. Raises
    LedgerError: `schema_newer`, `schema_older`, or Redis is away. Safe to repeat."""
    key = f"{prefix}:schema"

    def read() -> int:
        pipe = client.pipeline(transaction=False)
        pipe.set(key, schema, nx=True)
        pipe.get(key)
        return int(cast("str", pipe.execute()[1]))

    found = patiently(read, patience_s=patience_s)
    if found > schema:
        raise LedgerError(
            f"the ledger is of version {found}, and this program knows version {schema} at most",
            hint="update videobatch on this machine; nothing was changed",
            code="schema_newer",
        )
    if found < oldest:
        raise LedgerError(
            f"the ledger is of version {found}, and this program knows version {oldest} at least",
            hint="let a release in between lead first; docs/fleet.md tells how",
            code="schema_older",
        )
    return found


def agree_unless_away(client: Redis, prefix: str) -> None:
    """The same for a process that waits for a Redis that is away. Raises LedgerError
    (`schema_newer`, `schema_older`)."""
    try:
        agree(client, prefix, patience_s=0.0)
    except LedgerError as error:
        if error.code not in (REDIS_AWAY, REDIS_FULL):
            raise


def raise_to(
    client: Redis,
    prefix: str,
    known: Iterable[int],
    *,
    schema: int = SCHEMA,
    patience_s: float = PATIENCE_S,
) -> int:
    """Puts the newest version in force that this program and all workers know (`known`: what each
    living one says); the version in force afterwards. For the leader. Safe to repeat."""
    key = f"{prefix}:schema"
    common = min([schema, *known])

    def write() -> int:
        found = int(cast("str | None", client.get(key)) or schema)
        if common > found:
            client.set(key, common)
        return max(common, found)

    return patiently(write, patience_s=patience_s)
