"""Samples across processes, and across versions of the program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.hosts import IDLE
from tests.support.samples import sample_of
from videobatch.records import Counted, Phase, Sample, SpeechReading


def told(**changes: Any) -> dict[str, Any]:
    """The fields of a sample as they stand in Redis; None takes one out."""
    fields = json.loads(sample_of(slots=3, real_slots=4, leader_token=7).to_json()) | changes
    return {name: value for name, value in fields.items() if value is not None}


def read(fields: dict[str, Any]) -> Sample:
    return Sample.from_json(json.dumps(fields))


def test_a_sample_survives_its_json() -> None:
    speech = SpeechReading(7, threads=2, waiting=3, busy=2, sound_s=60.0, sound_per_s=20.5)
    made = sample_of(counted=dict.fromkeys(Counted, 5), busy_bytes=7, speech=speech)
    text = made.to_json()
    assert Sample.from_json(text) == made
    assert "\n" not in text


def test_json_has_the_names_that_readers_of_this_and_of_older_versions_use() -> None:
    fields = told()
    assert (fields["slots"], fields["real_slots"], fields["most_slots"]) == (3, 4, 8)
    assert (fields["slots_wanted"], fields["slots_real"], fields["slots_most"]) == (3, 4, 8)
    assert fields["phases"] == {"cpu": 1, "speech": 0, "api": 1, "limiter": 0, "io": 0}
    assert fields["host"]["cpu_cores"] == IDLE.cpu_cores


def test_a_sample_of_the_first_version_is_read() -> None:
    old = told(counted=None, schema=None, leader_token=None, busy_bytes=None, speech=None)
    del old["phases"]["speech"]
    for name in ("slots", "real_slots", "most_slots", "slots_most"):
        del old[name]
    sample = read({**old, "pss_bytes": None})
    assert (sample.slots, sample.real_slots, sample.most_slots) == (3, 4, 3)
    assert (sample.schema, sample.leader_token, sample.busy_bytes) == (1, 0, None)
    assert sample.counted == dict.fromkeys(Counted, 0)
    assert (sample.phases[Phase.SPEECH], sample.speech) == (0, None)


def test_a_sample_of_a_newer_version_is_read_as_far_as_it_is_understood() -> None:
    newer = {
        **told(pss_bytes=9),
        "warmth": 3,
        "phases": {"cpu": 2, "gpu": 1},
        "counted": {"videos_done": 4, "songs_sung": 1},
    }
    sample = read(newer)
    assert sample.phases == dict.fromkeys(Phase, 0) | {Phase.CPU: 2}
    assert sample.counted == dict.fromkeys(Counted, 0) | {Counted.VIDEOS_DONE: 4}


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "{}", json.dumps({"slots_wanted": 1}), '{"phases": 3}'],
)
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Sample.from_json(text)


def test_an_absurd_figure_is_kept_for_the_policy_to_see() -> None:
    fields = told(pss_bytes=9)
    fields["host"]["cpu_fraction"] = float("nan")
    assert read(fields).host.cpu_fraction != read(fields).host.cpu_fraction
