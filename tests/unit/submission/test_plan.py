"""Planned videos: what the ledger is told of an input, and when a document counts as made."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.submissions import make_document as make
from videobatch.errors import InputError
from videobatch.paths import from_uri
from videobatch.pipeline.outputs import reuse
from videobatch.records import Coverage, VideoState, from_json, to_json
from videobatch.state.ledger import NewVideo
from videobatch.submission.inputs import InputFile, collect
from videobatch.submission.plan import plan_video
from videobatch.submission.speech import Sidecars
from videobatch.submission.wish import Wish

WISH = Wish(
    template="summary_report",
    template_hash="cd" * 32,
    params={"key_points": 8, "transcript": False, "title": "Größe"},
    settings={"max_frames": 40, "min_gap_s": 5.0, "language": None},
)
CONTENT = b"moving pictures"


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "lectures" / "week 1" / "a.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def find(video: Path) -> InputFile:
    (found,) = collect([video.parent.parent], None, []).found
    return found


def planned(video: Path, out: Path, wish: Wish = WISH, *, force: bool = False) -> NewVideo:
    return plan_video(find(video), out, wish, force=force)


def damage(folder: Path, **fields: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


# What the ledger is told.


def test_a_job_leads_back_to_its_files(video: Path, out: Path) -> None:
    new = planned(video, out)
    job = new.job
    assert job.name == "week 1/a.mp4"
    assert from_uri(job.source_uri) == video
    assert from_uri(job.root_uri) == video.parent.parent
    assert from_uri(job.out_uri) == out / "week 1" / "a.mp4"
    assert (job.size_bytes, job.mtime_ns) == (len(CONTENT), video.stat().st_mtime_ns)
    assert (new.error, new.result) == (None, None)
    assert from_json(type(job), to_json(job)) == job


def test_names_of_any_bytes_travel(video: Path, out: Path) -> None:
    odd = video.rename(video.with_name("\udcff\n[b]%20.mp4"))
    job = planned(odd, out).job
    assert job.name == "week 1/\\xff\\n[b]%20.mp4"
    assert from_uri(job.source_uri) == odd
    assert from_uri(job.out_uri).name == odd.name
    assert from_json(type(job), to_json(job)) == job


def test_two_files_of_one_stem_and_two_templates_have_their_own_ids(video: Path, out: Path) -> None:
    other = dataclasses.replace(WISH, template="comprehensive_lesson")
    twin = dataclasses.replace(find(video), name="week 1/a.mkv")
    news = [
        planned(video, out),
        planned(video, out, other),
        plan_video(twin, out, WISH, force=False),
    ]
    assert len({new.video_id for new in news}) == 3


def test_a_document_that_is_made_keeps_the_name_that_it_has(video: Path, out: Path) -> None:
    found = find(video)
    first = plan_video(found, out, WISH, force=False, document="a – summary_report")
    assert (first.job.document_file, first.result) == ("a – summary_report.md", None)
    make(first)
    again = plan_video(found, out, WISH, force=False, document="week 1 - a – summary_report")
    assert again.result is not None
    assert again.job.document_file == "a – summary_report.md"
    forced = plan_video(found, out, WISH, force=True, document="other")
    assert (forced.job.document_file, forced.result) == ("other.md", None)


def test_a_longer_file_costs_more(video: Path, out: Path) -> None:
    found = find(video)
    costs = [
        plan_video(dataclasses.replace(found, size_bytes=size), out, WISH, force=False).cost_s
        for size in (0, 2**20, 2**30)
    ]
    assert costs == sorted(costs)
    assert costs[0] > 0


def test_an_input_with_an_error_fails_at_once(video: Path, out: Path) -> None:
    make(planned(video, out))
    error = InputError("a.mp4 is empty", code="empty").record()
    new = plan_video(dataclasses.replace(find(video), error=error), out, WISH, force=False)
    assert (new.error, new.result) == (error, None)


# The fingerprint.


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    assert WISH.fingerprint == "db97a8c633ab965f"


def test_the_order_of_keys_does_not_count() -> None:
    turned = dataclasses.replace(
        WISH,
        params=dict(sorted(WISH.params.items(), reverse=True)),
        settings=dict(sorted(WISH.settings.items(), reverse=True)),
    )
    assert turned.fingerprint == WISH.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"template": "other"},
        {"template_hash": "00"},
        {"params": {**WISH.params, "key_points": 9}},
        {"params": {**WISH.params, "transcript": 0}},
        {"settings": {**WISH.settings, "language": "None"}},
        {"params": WISH.settings, "settings": WISH.params},
    ],
)
def test_every_part_of_the_wish_counts(change: dict[str, Any]) -> None:
    assert dataclasses.replace(WISH, **change).fingerprint != WISH.fingerprint


def test_paths_and_sets_have_a_lasting_form() -> None:
    odd = {"model": Path("/m\udcff"), "kinds": {"b", "a", "c"}, "pair": (1, 2)}
    plain = {"model": "/m\udcff", "kinds": ["a", "b", "c"], "pair": [1, 2]}
    prints = {dataclasses.replace(WISH, settings=each).fingerprint for each in (odd, plain)}
    assert len(prints) == 1


def test_what_has_no_lasting_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        _ = dataclasses.replace(WISH, settings={"engine": object()}).fingerprint


# Made before.


def test_a_made_document_is_not_made_again(video: Path, out: Path) -> None:
    make(planned(video, out))
    result = planned(video, out).result
    assert result is not None
    assert (result.state, result.words, result.keyframes) == (VideoState.DONE, 22, 2)
    assert (result.duration_s, result.elapsed_s, result.note) == (11.0, 2.5, None)


def test_a_partial_one_keeps_its_note(video: Path, out: Path) -> None:
    make(planned(video, out), coverage=Coverage(11.0, 5.0, "the file ends early"))
    result = planned(video, out).result
    assert result is not None
    assert (result.state, result.note) == (VideoState.PARTIAL, "the file ends early")


def test_force_makes_it_again(video: Path, out: Path) -> None:
    make(planned(video, out))
    assert planned(video, out, force=True).result is None


def test_another_wish_makes_it_again(video: Path, out: Path) -> None:
    make(planned(video, out))
    other = dataclasses.replace(WISH, params={"key_points": 9})
    assert planned(video, out, other).result is None


def test_documents_of_two_templates_are_both_known(video: Path, out: Path) -> None:
    other = dataclasses.replace(WISH, template="comprehensive_lesson")
    make(planned(video, out))
    make(planned(video, out, other))
    assert planned(video, out, other).result is not None
    assert planned(video, out).result is not None


def test_what_is_known_beforehand_says_what_it_may_take(video: Path, out: Path) -> None:
    heard = plan_video(find(video), out, WISH, force=False)
    elsewhere = plan_video(find(video), out, WISH, force=False, hears_here=False)
    video.with_suffix(".srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    found = find(video)
    read = plan_video(found, out, WISH, force=False, sidecars=Sidecars().of(found))
    assert (heard.kind, elsewhere.kind, read.kind) == ("video+speech", "video", "video")
    assert heard.need_bytes > elsewhere.need_bytes == read.need_bytes > 0


def test_other_subtitles_beside_the_video_make_it_again(video: Path, out: Path) -> None:
    def wished() -> NewVideo:
        return plan_video(
            found := find(video), out, WISH, force=False, sidecars=Sidecars().of(found)
        )

    make(wished())
    assert wished().result is not None
    sidecar = video.with_suffix(".srt")
    sidecar.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    assert wished().result is None
    make(wished())
    assert wished().result is not None
    sidecar.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello there\n")
    assert wished().result is None
    make(wished())
    # Also one whose words are not taken, since the document names it.
    video.with_suffix(".de.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHallo\n")
    assert wished().result is None


def never(*_: object) -> str:
    raise AssertionError("the file is read")


def test_the_same_size_and_time_is_not_read(
    video: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(planned(video, out))
    monkeypatch.setattr(reuse, "content_hash", never)
    assert planned(video, out).result is not None


def test_another_size_is_not_read_either(
    video: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(planned(video, out))
    monkeypatch.setattr(reuse, "content_hash", never)
    video.write_bytes(CONTENT + b"!")
    assert planned(video, out).result is None


def test_a_copy_is_known_by_its_content(video: Path, out: Path) -> None:
    make(planned(video, out))
    os.utime(video, ns=(1, 1))
    assert planned(video, out).result is not None


def test_other_content_of_the_same_size_is_made_again(video: Path, out: Path) -> None:
    make(planned(video, out))
    video.write_bytes(CONTENT[::-1])
    os.utime(video, ns=(1, 1))
    assert planned(video, out).result is None


def test_a_file_that_vanishes_meanwhile_stops_nothing(video: Path, out: Path) -> None:
    make(planned(video, out))
    os.utime(video, ns=(1, 1))
    found = find(video)
    video.unlink()
    new = plan_video(found, out, WISH, force=False)
    assert (new.result, new.error) == (None, None)


def link_instead(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parent / "manifest of somebody")
    (folder / "manifest.json").symlink_to(folder.parent / "manifest of somebody")


def linked_folder(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


def pipe_instead(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "summary_report.md").unlink(),
        lambda folder: (folder / "summary_report.md").write_bytes(b""),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_bytes(b""),
        lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe{"),
        lambda folder: (folder / "manifest.json").write_text('{"schema_version": 1'),
        lambda folder: (folder / "manifest.json").write_text("[" * 100_000),
        pipe_instead,
        link_instead,
        linked_folder,
        lambda folder: damage(folder, schema_version=2),
        lambda folder: damage(folder, state="running"),
        lambda folder: damage(folder, duration_s=float("nan")),
        lambda folder: damage(folder, elapsed_s=float("inf")),
        lambda folder: damage(folder, words=-1),
        lambda folder: damage(folder, note="\ud800"),
    ],
)
def test_what_is_damaged_is_made_again(
    video: Path, out: Path, harm: Callable[[Path], object]
) -> None:
    harm(make(planned(video, out)))
    assert planned(video, out).result is None


def test_a_corrected_document_and_lost_extras_are_left_alone(video: Path, out: Path) -> None:
    folder = make(planned(video, out))
    (folder / "summary_report.md").write_text("# A, corrected by hand\n")
    damage(folder, files=[], from_a_newer_version=[1])
    assert planned(video, out).result is not None


def test_a_file_in_place_of_the_output_folder_is_no_document(video: Path, out: Path) -> None:
    out.mkdir()
    (out / "week 1").write_text("not a folder")
    assert planned(video, out).result is None
