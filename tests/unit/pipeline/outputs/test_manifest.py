"""What a manifest keeps, and that a damaged one is no manifest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from videobatch.pipeline.outputs.manifest import (
    MadeFile,
    Making,
    Manifest,
    build_manifest,
    manifest_json,
    merged,
    read_manifest,
)
from videobatch.records import AudioTrack, Coverage, Probe, VideoJob, VideoTrack

PROBE = Probe(
    "matroska",
    11.0,
    1234,
    "ab" * 32,
    VideoTrack(0, "h264", 640, 360, 0, 25.0),
    AudioTrack(1, "flac", 44_100, 2, None),
    title="<b>\ud800",
)
JOB = VideoJob(
    name="a/b.mkv",
    source_uri="file:///a/b.mkv",
    root_uri="file:///a",
    out_uri="file:///out",
    template="summary_report",
    fingerprint="0123456789abcdef",
    size_bytes=1234,
    mtime_ns=1_700_000_000_123_456_789,
    params={"key_points": 8, "transcript": False},
)


def fields(
    coverage: Coverage | None = None,
    *,
    job: VideoJob = JOB,
    probe: Probe = PROBE,
    made: tuple[MadeFile, ...] = (),
) -> dict[str, Any]:
    return build_manifest(
        job,
        probe,
        coverage or Coverage(11.0, 11.0),
        Making(
            token="1-0123abcd",
            template_hash="cd" * 32,
            transcriber="pocketsphinx en-us",
            language="en",
            elapsed_s=3.14159,
            words=22,
            keyframes=2,
            stages_s={"probe": 0.12345},
            files=(MadeFile(name=f"{job.template}.md", size_bytes=7, sha256="ef" * 32), *made),
            software="videobatch 0.1.0",
        ),
    )


@pytest.mark.parametrize("damage", [None, {"from_a_newer_version": 1}])
def test_it_is_read_as_it_was_written(tmp_path: Path, damage: dict[str, Any] | None) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(manifest_json({**fields(), **(damage or {})}), encoding="utf-8")
    manifest = read_manifest(path)
    assert manifest is not None
    assert manifest.source.mtime_ns == JOB.mtime_ns
    assert manifest.source.content_hash == PROBE.content_hash
    assert manifest.params == JOB.params
    assert manifest.fingerprint == JOB.fingerprint
    assert (manifest.state, manifest.note, manifest.words) == ("done", None, 22)
    assert (manifest.duration_s, manifest.elapsed_s) == (11.0, 3.142)
    assert manifest.files[0].name == "summary_report.md"
    assert manifest.stages_s == {"probe": 0.123}


@pytest.mark.parametrize(
    ("written", "token"),
    [("17-0123abcd", "17-0123abcd"), (17, "17"), ("17", "17"), ("of somebody", "0"), (None, "0")],
)
def test_a_token_of_any_version_is_read_as_text(
    tmp_path: Path, written: object, token: str
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(manifest_json({**fields(), "token": written}), encoding="utf-8")
    manifest = read_manifest(path)
    assert manifest is not None
    assert manifest.token == token


def test_a_partial_one_says_why(tmp_path: Path) -> None:
    found = fields(Coverage(11.0, 4.0, "cut off"))
    assert (found["state"], found["note"], found["duration_s"]) == ("partial", "cut off", 4.0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"schema_version": 1}',
        json.dumps({**fields(), "schema_version": 2}).encode(),
        json.dumps({**fields(), "source": None}).encode(),
        json.dumps({**fields(), "words": "many"}).encode(),
        b" " * 17_000_000,
    ],
)
def test_a_damaged_one_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    assert read_manifest(path) is None


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "none.json") is None
    assert read_manifest(tmp_path) is None


LESSON = replace(JOB, template="comprehensive_lesson", fingerprint="f" * 16)


def beside(mine: dict[str, Any], *before: dict[str, Any], gone: str = "") -> Manifest:
    """The manifest after each of them was published, the last one `mine`."""
    made: Manifest | None = None
    for each in (*before, mine):
        found = merged(Manifest.model_validate(each), made, lambda name: name != gone)
        made = Manifest.model_validate_json(manifest_json(found))
    assert made is not None
    return made


def transcript(sha256: str) -> tuple[MadeFile, ...]:
    return (MadeFile(name="transcript.json", size_bytes=1, sha256=sha256 * 32),)


def test_it_keeps_what_is_known_of_other_documents_in_its_folder() -> None:
    both = beside(fields(job=LESSON), fields())
    for template, fingerprint in ((JOB.template, JOB.fingerprint), (LESSON.template, "f" * 16)):
        found = both.of(template)
        assert found is not None
        assert (found.template, found.fingerprint) == (template, fingerprint)
    again = beside(fields(), fields(), fields(job=LESSON))
    assert [each.template for each in (again, *again.others)] == [JOB.template, LESSON.template]


def test_a_document_of_the_file_before_stays_known_while_it_is_in_place() -> None:
    other_video = replace(PROBE, content_hash="cd" * 32)
    both = beside(fields(probe=other_video), fields(job=LESSON))
    assert [each.source.content_hash for each in both.others] == [PROBE.content_hash]
    alone = beside(fields(probe=other_video), fields(job=LESSON), gone="comprehensive_lesson.md")
    assert alone.others == ()


def test_it_tells_whose_transcript_is_in_place() -> None:
    both = beside(fields(made=transcript("bb")), fields(job=LESSON, made=transcript("aa")))
    assert both.transcript_of == "summary_report"
    assert [file.name for file in both.others[0].files] == ["comprehensive_lesson.md"]
    equal = beside(fields(made=transcript("aa")), fields(job=LESSON, made=transcript("aa")))
    assert "transcript.json" in equal.others[0].names
    kept = beside(fields(), fields(job=LESSON, made=transcript("aa")))
    assert kept.transcript_of == "comprehensive_lesson"
