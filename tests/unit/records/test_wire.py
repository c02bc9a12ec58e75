"""Records and their JSON: what is written is read again as the same type."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from videobatch.records import Coverage, VideoJob, VideoResult, VideoState, from_json, to_json

JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f", params={"a": 1})


@pytest.mark.parametrize(
    "record", [JOB, VideoResult(VideoState.PARTIAL, 9.0, 1.0, 2, 3, "x"), Coverage(9.0, 3.0, "cut")]
)
def test_a_record_comes_back_as_it_was(record: object) -> None:
    assert from_json(type(record), to_json(record)) == record
    assert "\n" not in to_json(record)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"name": 3}', "no json"])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        from_json(VideoJob, text)
