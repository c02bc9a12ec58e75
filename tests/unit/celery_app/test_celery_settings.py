from __future__ import annotations

from celery_app.celery_settings import AppOptions, celery_settings

SETTINGS = celery_settings(
    AppOptions(broker_url="redis://h/0", key_prefix="p", child_memory_bytes=2 << 20)
)


def test_only_json_is_taken_and_nothing_is_stored() -> None:
    assert SETTINGS["accept_content"] == ["json"]
    assert SETTINGS["task_serializer"] == "json"
    assert SETTINGS["result_backend"] is None
    assert SETTINGS["task_ignore_result"] is True


def test_messages_are_hints_acknowledged_early_and_never_redelivered() -> None:
    assert SETTINGS["task_acks_late"] is False
    assert SETTINGS["broker_transport_options"]["ack_emulation"] is False
    assert SETTINGS["worker_prefetch_multiplier"] == 1


def test_keys_of_celery_stand_under_the_prefix() -> None:
    assert SETTINGS["broker_transport_options"]["global_keyprefix"] == "p:celery:"


def test_memory_of_a_child_is_given_in_kibibytes() -> None:
    assert SETTINGS["worker_max_memory_per_child"] == 2048


def test_children_are_forked_because_they_share_memory() -> None:
    assert SETTINGS["worker_pool_start_method"] == "fork"
