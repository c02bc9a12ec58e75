"""The ledger as former versions wrote it, key by key: no name here follows a later change."""

from __future__ import annotations

import json

from redis import Redis

from videobatch.records import VideoJob, to_json

MIB = 1 << 20


class Former:
    """Writes what version 1 had in Redis, with plain commands."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        client.set("vb:schema", 1)
        client.hset("vb:publishing", mapping={"queue": "q", "message": "{task_id}", "window": 4})

    def batch(self, batch: str, state: str = "open", *, turn: float = 0.0) -> None:
        self.client.zadd("vb:batches", {batch: 1_700_000_000_000})
        for name, value in {
            "name": batch, "out_uri": "file:///o", "root_uri": "file:///", "provider": "offline",
            "state": state, "weight": "1", "created_ms": "1700000000000",
            "submitted_ms": "1700000000000",
        }.items():  # fmt: skip
            self.client.hset(f"vb:batch:{batch}", name, value)
        if state == "open":
            self.client.zadd("vb:turns", {batch: turn})

    def video(self, batch: str, video: str, state: str, *, rank: float = -1.0) -> None:
        key, member = f"vb:video:{batch}:{video}", f"{batch}/{video}"
        job = VideoJob(video, "file:///a", "file:///", "file:///o", "summary_report", "fp")
        fields: dict[str, str | float] = {
            "name": video, "job": to_json(job), "fingerprint": "fp", "state": state, "cost": -rank,
            "need": str(300 * MIB), "rank": rank, "attempts": 0, "deaths": 0, "losses": 0,
        }  # fmt: skip
        for name, value in fields.items():
            self.client.hset(key, name, str(value))
        total = self.client.hincrby(f"vb:batch:{batch}", "total", 1)
        self.client.zadd(f"vb:videos:{batch}", {video: total})
        self.client.hincrby(f"vb:batch:{batch}", f"n:{state}", 1)
        if state == "pending":
            self.client.zadd(f"vb:pending:{batch}", {video: rank})
        elif state == "waiting":
            self.client.zadd("vb:waiting", {member: 1})
        elif state == "paused":
            self.client.sadd(f"vb:paused:{batch}", video)
        elif state == "running":
            self.client.hset(key, mapping={"owner": "w1", "pid": 11, "host": "h", "token": 3})
            self.client.zadd("vb:leases", {member: 2e12})
            self.client.hset("vb:held:w1", member, "3 11")
            self.client.hincrby("vb:hosts", "h", 1)
        else:
            self.client.hset(key, "finished_ms", 1_700_000_000_123)
            self.client.rpush(f"vb:finished:{batch}", video)

    def hint(self, batch: str, video: str) -> None:
        self.client.zadd("vb:hints", {f"{batch}/{video}": 1})

    def worker(self, name: str, **sample: int) -> None:
        self.client.sadd("vb:workers", name)
        self.client.set(f"vb:alive:{name}", json.dumps(sample))
