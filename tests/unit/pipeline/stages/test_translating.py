"""The stage that translates: one glossary for all tries, remarks for what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.media import Recipe, Sound, make_media
from tests.support.outputs import TRANSCRIPTS, manifest_of
from tests.support.pipeline import (
    CrashError,
    Ports,
    StubTranscriber,
    claim_of,
    job_of,
    tools_of,
    unlimited_watch,
)
from tests.unit.pipeline.test_writing import StubWriter, full
from videobatch.errors import PermanentError
from videobatch.pipeline.outputs.publication import attempt_dir, publish
from videobatch.pipeline.stages.runner import run
from videobatch.pipeline.translating.glossary_file import NAME
from videobatch.records import Claim, GlossaryTerm, Stage

ASKED = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
TERM = {"term": "dam", "translation": "水坝", "explanation": "挡水"}
TEMPLATE = "chinese_transcript"
COUNT = 10


def lecture(folder: Path, text: str = "The dam of line {} is high.") -> Path:
    folder.mkdir()
    cues = "".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{text.format(n)}\n\n"
        for n in range(1, COUNT + 1)
    )
    (folder / "a.srt").write_text(cues, encoding="utf-8")
    return make_media(folder / "a.wav", Recipe(COUNT + 1.0, None, Sound()))


def translating(lost: Sequence[int] = ()) -> StubWriter:
    """Translates each line but those that are lost, with the dam by the glossary's word."""

    def answer(schema: Mapping[str, Any], user: str) -> Any:
        if "terms" in schema["properties"]:
            return {"terms": [TERM]}
        if "lines" not in schema["properties"]:
            return full(schema, user)
        found = re.search(r"^dam = (.+)$", user, re.MULTILINE | re.IGNORECASE)
        word = found[1] if found else "坝"
        return {
            "lines": [
                {"number": int(n), "text": f"第{n}行的{word}很高。"}
                for n, _ in ASKED.findall(user)
                if int(n) not in lost
            ]
        }

    return StubWriter(answer)


def claim(path: Path, out: Path, stored: Mapping[str, str] | None = None) -> Claim:
    job = job_of(path, out, template=TEMPLATE, writer="stub", writer_model="pen-1")
    return claim_of(job, checkpoints=stored)


def work(
    claim: Claim,
    writer: StubWriter,
    ports: Ports | None = None,
    shared: Sequence[GlossaryTerm] = (),
) -> Path:
    """The published folder of the video."""
    tools = replace(
        tools_of(StubTranscriber()),
        writer=lambda options: writer if options.writer else None,
        share_terms=lambda claim, terms: (*terms, *shared),
    )
    ports = ports or Ports(claim.checkpoints)
    run(claim, tools, ports, ports, unlimited_watch())
    publish(claim)
    return attempt_dir(claim).parent


def questions(writer: StubWriter) -> list[str]:
    return [user for _, user, _, _ in writer.asked if "<lines>" in user]


def test_a_glossary_that_grew_between_two_tries_changes_no_question(tmp_path: Path) -> None:
    path, writer = lecture(tmp_path / "in"), translating()
    counting = Ports()
    work(claim(path, tmp_path / "out"), writer, counting)
    place = counting.events.index("put translate")
    ports = Ports(break_at=place)
    with pytest.raises(CrashError):
        work(claim(path, tmp_path / "out2"), writer, ports)
    assert "glossary" in ports.stored
    before = questions(writer)[-1]
    grown = [GlossaryTerm("dam", "堤"), GlossaryTerm("line", "线")]
    again = claim(path, tmp_path / "out2", ports.stored)
    folder = work(again, writer, Ports(ports.stored), grown)
    assert questions(writer)[-1] == before
    assert "第3行的水坝很高。" in (folder / "transcript.zh.srt").read_text()


def test_the_first_translation_in_the_folder_counts_and_the_users_most(tmp_path: Path) -> None:
    path = lecture(tmp_path / "in")
    first = [GlossaryTerm("Dam", "堤")]
    folder = work(claim(path, tmp_path / "out"), translating(), shared=first)
    assert (folder / "transcript.zh.srt").read_text().count("堤") == COUNT
    (path.parent / NAME).write_text("term,translation\ndam,坝体\n", encoding="utf-8")
    folder = work(claim(path, tmp_path / "out2"), translating(), shared=first)
    assert (folder / "transcript.zh.srt").read_text().count("坝体") == COUNT


def test_lines_that_the_model_does_not_give_stay_as_they_were_said(tmp_path: Path) -> None:
    path = lecture(tmp_path / "in")
    folder = work(claim(path, tmp_path / "out"), translating(lost=(4, 5)))
    text = (folder / "transcript.zh.srt").read_text()
    assert "The dam of line 4 is high." in text
    assert "第6行" in text
    assert (folder / "transcript.bilingual.srt").read_text().count("line 4 ") == 1
    remarks = manifest_of(folder)["remarks"]
    assert [each["code"] for each in remarks if each["code"] != "not_found"] == ["untranslated"]
    document = (folder / f"{TEMPLATE}.md").read_text()
    assert "有 2 行没有译文" in document


def test_a_document_of_which_little_is_translated_is_none(tmp_path: Path) -> None:
    path = lecture(tmp_path / "in")
    with pytest.raises(PermanentError, match="translated 4 of 10 lines") as caught:
        work(claim(path, tmp_path / "out"), translating(lost=range(5, 11)))
    assert caught.value.code == "untranslated"


def test_what_is_said_in_chinese_is_left_as_it_is(tmp_path: Path) -> None:
    path, writer = lecture(tmp_path / "in", "第{}行的水坝很高。"), translating()
    ports = Ports()
    folder = work(claim(path, tmp_path / "out"), writer, ports)
    assert questions(writer) == []
    assert Stage.TRANSLATE.value not in ports.stored
    assert not (folder / "transcript.zh.srt").exists()


def test_without_a_writer_nothing_is_translated(tmp_path: Path) -> None:
    path = lecture(tmp_path / "in")
    job = job_of(path, tmp_path / "out", template=TEMPLATE)
    folder = work(claim_of(job), translating())
    assert not (folder / "transcript.zh.srt").exists()
    assert "只有标题是中文" in (folder / f"{TEMPLATE}.md").read_text()


def test_the_document_says_the_term_first_in_its_own_language(tmp_path: Path) -> None:
    path = lecture(tmp_path / "in")
    document = (work(claim(path, tmp_path / "out"), translating()) / f"{TEMPLATE}.md").read_text()
    assert document.count("dam（水坝：挡水）") == 1
    assert document.index("dam（水坝") < document.index("第2行的水坝")
    assert "translator: stub pen-1" in document
    assert re.search(r"^- \*\*dam\*\*：水坝（.+），挡水$", document, re.MULTILINE)
    assert "该文档" not in document


def test_of_two_languages_only_the_other_one_is_asked_for(tmp_path: Path) -> None:
    path, writer = lecture(tmp_path / "in"), translating()
    cues = path.with_suffix(".srt")
    cues.write_text(
        re.sub(r"The dam of line ([1-7]) is high.", r"第\1句是中文。", cues.read_text())
    )
    folder = work(claim(path, tmp_path / "out"), writer)
    (asked,) = questions(writer)
    assert [number for number, _ in ASKED.findall(asked)] == ["8", "9", "10"]
    text = (folder / "transcript.zh.srt").read_text()
    assert "第7句是中文。" in text
    assert "第8行的水坝很高。" in text
    assert manifest_of(folder)["language"] == "zh"


def test_other_documents_leave_the_translation_and_one_without_it_takes_it_away(
    tmp_path: Path,
) -> None:
    path, out = lecture(tmp_path / "in"), tmp_path / "out"
    folder = work(claim(path, out), translating())
    work(claim_of(job_of(path, out), "2"), translating())
    assert (folder / "transcript.zh.srt").exists()
    work(claim_of(job_of(path, out, template=TEMPLATE), "3"), translating())
    assert not (folder / "transcript.zh.srt").exists()
    assert not (folder / "transcript.bilingual.srt").exists()
    names = {each["name"] for each in manifest_of(folder)["files"]}
    assert {name for name in names if name.startswith("transcript.")} == set(TRANSCRIPTS)


def test_speakers_stand_beside_what_they_say_in_the_other_language(tmp_path: Path) -> None:
    path = lecture(tmp_path / "in")
    cues = path.with_suffix(".srt").read_text()
    path.with_suffix(".srt").unlink()
    spoken = re.sub(
        r"^The dam of line ([1-5]) ", r"<v Anna>The dam of line \1 ", cues, flags=re.MULTILINE
    )
    spoken = re.sub(r"^The dam", r"<v Li Wei>The dam", spoken, flags=re.MULTILINE).replace(",", ".")
    path.with_suffix(".vtt").write_text(f"WEBVTT\n\n{spoken}", encoding="utf-8")
    writer = translating()
    folder = work(claim(path, tmp_path / "out"), writer)
    assert "Anna" not in questions(writer)[0]
    text = (folder / "transcript.zh.srt").read_text()
    assert text.count("Anna: 第1行") == text.count("Li Wei: 第6行") == 1
    assert text.count("Anna") == 1
    assert "<v Li Wei>第7行" in (folder / "transcript.zh.vtt").read_text()
    document = (folder / f"{TEMPLATE}.md").read_text()
    assert "Anna: 第1行" in document
    assert "Li Wei: 第6行" in document
