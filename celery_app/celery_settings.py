"""Celery's settings, made of the application's options. Imports only kombu and the names of keys,
so that a benchmark can use them as they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kombu import Queue

from videobatch.state.keys import Keys

QUEUE = "videobatch"


@dataclass(frozen=True, slots=True)
class AppOptions:
    """Plain values that shape the application and its workers.

    `slots` is the size of a worker's pool at first (None: Celery's default, or --concurrency),
    `initial_slots` how many of them are open at first (None: all), `most_slots` how large the pool
    may become (None: it stays), `memory_limit_mb` what videos may fill of the memory (None: the
    container's or the machine's). `task_modules` are imported by a worker when it starts.
    `health_file` is renewed while a worker consumes. `speech_socket` is where the host's recogniser
    is found (None: there is none).
    `child_address_mb` is the address space that a child gets of its own (0: any).
    """

    broker_url: str
    key_prefix: str = "videobatch"
    queue: str = QUEUE
    task_modules: tuple[str, ...] = ()
    slots: int | None = None
    initial_slots: int | None = None
    most_slots: int | None = None
    grace_s: float = 8.0
    videos_per_child: int = 500
    child_memory_bytes: int = 1 << 30
    child_address_mb: int = 0
    memory_limit_mb: int | None = None
    health_file: Path | None = None
    speech_socket: Path | None = None
    log_json: bool = False
    log_level: str = "INFO"


def celery_settings(options: AppOptions) -> dict[str, Any]:
    """Celery's settings. docs/decisions/0001-celery-version.md has the reasons."""
    return {
        **_broker(options),
        **_messages(options),
        **_worker(options),
        "enable_utc": True,
        "timezone": "UTC",
    }


def _broker(options: AppOptions) -> dict[str, Any]:
    """A broker that is away, or refuses, is waited for."""
    return {
        "broker_url": options.broker_url,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # BUSY, READONLY, NOREPLICAS ...: the broker is there and says "not now".
        "broker_channel_error_retry": True,
        "broker_transport_options": transport_options(options.key_prefix),
    }


def _messages(options: AppOptions) -> dict[str, Any]:
    """JSON alone, on one queue. The ledger knows what became of a video; messages are hints, so
    nothing is stored."""
    return {
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": False,
        "accept_content": ["json"],
        "task_serializer": "json",
        "event_serializer": "json",
        "task_default_queue": options.queue,
        "task_queues": [Queue(options.queue)],
        "task_create_missing_queues": False,
        "task_track_started": True,
        # Flower shows what the workers say; the sender's own event would double each message.
        "worker_send_task_events": True,
        "task_send_sent_event": False,
    }


def _worker(options: AppOptions) -> dict[str, Any]:
    """A pool of forked children that takes a message when a slot is free, not before."""
    return {
        "include": options.task_modules,
        "worker_consumer": "celery_app.worker.consumer:PatientConsumer",
        "worker_concurrency": options.slots,
        "worker_pool": "prefork",
        # The stop flag and the phase table are memory that only a fork inherits.
        "worker_pool_start_method": "fork",
        "worker_prefetch_multiplier": 1,
        "worker_enable_prefetch_count_reduction": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # A last result that is missed costs nothing: the ledger knows.
        "worker_lost_wait": 0.1,
        "worker_max_tasks_per_child": options.videos_per_child,
        "worker_max_memory_per_child": options.child_memory_bytes // 1024,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


def transport_options(key_prefix: str) -> dict[str, Any]:
    """kombu's options: it speaks to Redis under a prefix of its own, and never waits for ever."""
    return {
        "global_keyprefix": Keys(key_prefix).celery,
        # A message is a hint and is acknowledged before its task starts: keep no copies.
        "ack_emulation": False,
        "client_name": f"{key_prefix}-celery",
        "socket_connect_timeout": 2.0,
        "socket_timeout": 10.0,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "fanout_prefix": True,
        "fanout_patterns": True,
    }
