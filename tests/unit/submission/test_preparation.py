"""A submit's preparation: what is checked, and made, before a batch is handed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.submissions import OFFLINE, asked_for
from videobatch.errors import SettingsError
from videobatch.paths import Places
from videobatch.providers.roles import make_role
from videobatch.submission.preparation import Submission
from videobatch.submission.wish import Choices


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"moving pictures")
    return folder


def wanted(videos: Path, out: Path) -> Submission:
    return asked_for([videos], out)


def test_a_batch_folder_that_is_a_link_is_refused(videos: Path, tmp_path: Path) -> None:
    asked = wanted(videos, tmp_path / "out")
    asked.folder.rename(tmp_path / "elsewhere")
    asked.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError) as refused:
        wanted(videos, tmp_path / "out")
    assert "a link stands where a folder should" in refused.value.message


def test_an_output_folder_behind_a_link_is_as_a_person_named_it(
    videos: Path, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    asked = wanted(videos, tmp_path / "out")
    assert [path.name for path in (tmp_path / "disk").iterdir()] == [asked.batch_id]


def test_a_folder_without_videos_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "notes.txt").write_text("no video")
    with pytest.raises(SettingsError, match="there are no videos in") as refused:
        wanted(tmp_path / "videos", tmp_path / "out")
    assert "mp4" in refused.value.hint
    assert not (tmp_path / "out").exists()


def test_the_documents_of_before_are_no_inputs(videos: Path) -> None:
    asked = wanted(videos, videos / "documents")
    (asked.folder / "clip.mp4").write_bytes(b"moving pictures")
    assert [file.name for file in wanted(videos, videos / "documents").files] == ["a.mp4"]


def test_the_batch_is_known_by_the_ledger_s_names(videos: Path, tmp_path: Path) -> None:
    places = Places({"/data": str(tmp_path)})
    here = wanted(videos, tmp_path / "out")
    there = asked_for([videos], tmp_path / "out", places=places)
    assert here.batch_id != there.batch_id


def test_to_pay_again_is_to_make_again(videos: Path, tmp_path: Path) -> None:
    asked = [asked_for([videos], tmp_path / "out", no_cache=True) for _ in range(2)]
    assert all(each.force for each in asked)
    assert len({each.salt for each in asked}) == 2
    assert not wanted(videos, tmp_path / "out").salt


def test_who_hears_decides_what_a_worker_needs(videos: Path, tmp_path: Path) -> None:
    """A writer that is asked elsewhere leaves the recogniser where it is."""
    hears = make_role(group="speech", provider="openai", keys=("sk-1",))
    writes = make_role(group="writer", provider="openai", keys=("sk-1",))
    kinds = {}
    for name, choices in {
        "nobody": OFFLINE,
        "writes": Choices(writes=writes),
        "hears": Choices(hears=hears),
        "both": Choices(hears=hears, writes=writes),
    }.items():
        (chunk,) = asked_for([videos], tmp_path / "out", choices=choices).plan()
        kinds[name] = chunk.videos[0].kind
    assert kinds == {
        "nobody": "video+speech",
        "writes": "video+speech",
        "hears": "video",
        "both": "video",
    }


def test_documents_are_named_by_the_pattern_each_once(tmp_path: Path) -> None:
    for name in ("week 1/intro.mp4", "week 2/intro.mp4", "week 2/sets.mp4"):
        path = tmp_path / "videos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"moving pictures")
    choices = Choices(name_pattern="{title} – {template}")
    asked = asked_for([tmp_path / "videos"], tmp_path / "out", choices=choices)
    (chunk,) = asked.plan()
    assert [video.job.document_file for video in chunk.videos] == [
        "week 1 - intro.mp4 – summary_report.md",
        "week 2 - intro.mp4 – summary_report.md",
        "sets – summary_report.md",
    ]
    (plain,) = asked_for([tmp_path / "videos"], tmp_path / "out").plan()
    assert {video.job.document_file for video in plain.videos} == {"summary_report.md"}
    assert plain.videos[0].job.fingerprint != chunk.videos[0].job.fingerprint


def test_a_pattern_that_names_no_file_is_refused(videos: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        asked_for([videos], tmp_path / "out", choices=Choices(name_pattern="{title}"))
    assert refused.value.code == "name_pattern"
    assert not (tmp_path / "out").exists()
