"""The version of the ledger's keys that is in force, so that old and new programs can tell.

A program knows the versions from OLDEST to SCHEMA, and writes what the version in force has. That
is raised by the leading controller alone, once every living worker knows the new one: until then a
newer program works beside older ones, and from then on an older one refuses to start. Raise SCHEMA
with every change of what another program's scripts read or write, and OLDEST when the old way of
writing is dropped: then `migration.py` brings an older ledger up to date, before the first program
that comes does anything else, and not while older workers or an older controller live.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Mapping

from videobatch.errors import LedgerError
from videobatch.state.commands import Commands
from videobatch.state.keys import Keys
from videobatch.state.migration import MIGRATIONS, Migration
from videobatch.state.outages import REDIS_AWAY, REDIS_FULL
from videobatch.state.store import Store

SCHEMA = 2
OLDEST = 2
# A worker is seen for five seconds after its last word, a controller for three.
GONE_AFTER_S = 6.0
# Whoever migrates says so after each page; others wait as long as it does.
MIGRATOR_S = 10.0
LOOK_EVERY_S = 0.2


def agree(
    store: Store,
    *,
    schema: int = SCHEMA,
    oldest: int = OLDEST,
    migrations: Mapping[int, Migration] = MIGRATIONS,
) -> int:
    """The version in force, which an empty ledger gets from the first that comes, after an older
    ledger was brought up to date. Raises LedgerError: `schema_newer`, `schema_older`,
    `schema_busy` (older workers live), or Redis is away. Safe to repeat."""
    found = _in_force(store, schema)
    if found > schema:
        raise LedgerError(
            f"the ledger is of version {found}, and this program knows version {schema} at most",
            hint="update videobatch on this machine; nothing was changed",
            code="schema_newer",
        )
    if found >= oldest:
        return found
    if any(version not in migrations for version in range(found, oldest)):
        raise LedgerError(
            f"the ledger is of version {found}, and this program knows version {oldest} at least",
            hint="let a release in between lead first; docs/how-to/fleet.md tells how",
            code="schema_older",
        )
    while found < oldest:
        found = _migrate(store, found, migrations[found])
    return found


def _in_force(store: Store, schema: int) -> int:
    key = store.keys.schema

    def read(redis: Commands) -> int:
        # Only looked at where there is one: a Redis that takes no writes now can be read.
        if (found := redis.get(key)) is None:
            redis.set(key, schema, nx=True)
            found = redis.get(key)
        return int(found or schema)

    return store.ask(read)


def _migrate(store: Store, version: int, migration: Migration) -> int:
    """Brings the ledger to the next version, or waits for whoever does; the version then."""
    lock, mine, held_ms = store.keys.migrating, secrets.token_hex(8), round(MIGRATOR_S * 1000)

    def run(redis: Commands) -> None:
        def still_here() -> None:
            if redis.get(lock) != mine:
                raise LedgerError(
                    "another process goes on with bringing the ledger up to date",
                    code="schema_busy",
                )
            redis.pexpire(lock, held_ms)

        still_here()
        migration(redis, store.keys, still_here)
        still_here()
        redis.set(store.keys.schema, version + 1)

    _refuse_beside_older(store, version)
    while not store.ask(lambda redis: redis.set(lock, mine, nx=True, px=held_ms)):
        time.sleep(LOOK_EVERY_S)
        if (found := _in_force(store, version)) > version:
            return found
    try:
        # Another one may have brought it there between the look and the lock.
        if (found := _in_force(store, version)) > version:
            return found
        store.ask(run)
    finally:
        if store.ask(lambda redis: redis.get(lock)) == mine:
            store.ask(lambda redis: redis.delete(lock))
    return version + 1


def _refuse_beside_older(store: Store, version: int) -> None:
    """Waits until nobody is seen who works by the older version. Raises LedgerError
    (`schema_busy`) if somebody still is."""
    until_s = time.monotonic() + GONE_AFTER_S
    while living := store.ask(lambda redis: _living(redis, store.keys, version)):
        if time.monotonic() >= until_s:
            raise LedgerError(
                f"the ledger is of version {version}, and programs of that version still work on "
                f"it: {', '.join(living)}",
                hint="stop them all first (videobatch down, docker compose stop); what is running "
                "goes on afterwards; nothing was changed",
                code="schema_busy",
            )
        time.sleep(LOOK_EVERY_S)


def _living(redis: Commands, keys: Keys, version: int) -> list[str]:
    """The workers that know no newer version, and the controller that leads: none of a newer one
    leads before it has agreed."""
    names = sorted(redis.smembers(keys.workers))
    pipe = redis.pipeline(transaction=False)
    for name in names:
        pipe.get(keys.alive(name))
    pipe.hmget(keys.leader, ["name", "until_ms"])
    pipe.time()
    *samples, (leader, until_ms), (seconds, _) = pipe.execute()
    living = [
        name
        for name, text in zip(names, samples, strict=True)
        if text and int(json.loads(text).get("schema", 1)) <= version
    ]
    leads = leader and int(until_ms or 0) > seconds * 1000
    return [*living, f"the controller {leader}"] if leads else living


def agree_unless_away(store: Store) -> None:
    """Does the same for a process that waits for a Redis that is away. Raises LedgerError
    (`schema_newer`, `schema_older`, `schema_busy`)."""
    try:
        agree(store.with_patience(0.0))
    except LedgerError as error:
        if error.code not in (REDIS_AWAY, REDIS_FULL):
            raise


def is_of_another_version(error: LedgerError) -> bool:
    """True where a script refused because the ledger is of a version that it does not know."""
    return str(error.__cause__).startswith("SCHEMA ")


def raise_to(
    store: Store,
    known: Iterable[int],
    *,
    schema: int = SCHEMA,
) -> int:
    """Puts the newest version in force that this program and all workers know (`known`: what each
    living one says); the version in force afterwards. For the leader. Safe to repeat."""
    common = min([schema, *known])

    def write(redis: Commands) -> int:
        found = int(redis.get(store.keys.schema) or schema)
        if common > found:
            redis.set(store.keys.schema, common)
        return max(common, found)

    return store.ask(write)
