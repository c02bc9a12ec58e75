"""What a child works with: templates and models of its host, free memory, one desk each."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from celery_app.worker import children
from config.settings import Retry, Settings, Speech
from tasks.desk import desk as module
from tasks.desk.desk import Templates, Transcribers, build_desk, desk
from tests.support.pipeline import TEMPLATE, templates
from videobatch.errors import LedgerError, SettingsError
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.retry import RetryOptions
from videobatch.ports import Transcriber
from videobatch.records import LIFE_MARK, Claim, Stage, VideoJob

JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f")
NOBODY = SecretStr("redis://127.0.0.1:1/0")
OWN = "name: mine\ntitle: {title}\ndescription: d\nsections: [{{id: a, title: A, kind: facts}}]\n"
BODY = "body: |\n  # x\n  {{ section.a.text }}\n"


def write(folder: Path, title: str) -> str:
    """Writes the template `mine`; its hash."""
    content = (OWN.format(title=title) + BODY).encode()
    (folder / "mine.yaml").write_bytes(content)
    return hashlib.sha256(content).hexdigest()


# Templates.


def test_a_built_in_template_needs_no_folder() -> None:
    built_in = templates()[TEMPLATE]
    assert Templates(Settings()).get(TEMPLATE, built_in.content_hash) == built_in


def test_a_template_that_changed_on_the_disk_is_read_again(tmp_path: Path) -> None:
    found = Templates(Settings(templates_dir=tmp_path))
    old = write(tmp_path, "Old")
    assert found.get("mine", old).title == "Old"
    new = write(tmp_path, "New")
    assert found.get("mine", new).title == "New"
    with pytest.raises(SettingsError, match="not the one that was submitted"):
        found.get("mine", old)


def test_a_template_that_is_known_is_not_read_again(tmp_path: Path) -> None:
    found = Templates(Settings(templates_dir=tmp_path))
    own = write(tmp_path, "Mine")
    assert found.get("mine", own).title == "Mine"
    (tmp_path / "mine.yaml").unlink()
    assert found.get("mine", own).title == "Mine"


@pytest.mark.parametrize("name", [TEMPLATE, "poem"])
def test_another_template_than_was_submitted(name: str) -> None:
    with pytest.raises(SettingsError, match=f"the template {name}") as refused:
        Templates(Settings()).get(name, "0" * 64)
    assert "VIDEOBATCH_TEMPLATES_DIR" in refused.value.hint


# Speech.


def options(**fields: str) -> DocumentOptions:
    return replace(DocumentOptions("a"), **fields)  # type: ignore[arg-type]


def unpaid(options: DocumentOptions) -> Transcriber:
    raise AssertionError(f"{options.engine} is not paid for")


def test_a_transcriber_is_made_once() -> None:
    transcribers = Transcribers(Settings(), unpaid)
    first = transcribers.get(options())
    assert (first.name, first.model) == ("pocketsphinx", "en-us")
    assert transcribers.get(options()) is first


def test_another_speech_model_than_the_batch_wants() -> None:
    with pytest.raises(SettingsError, match="wants the speech model large") as refused:
        Transcribers(Settings(), unpaid).get(options(model="large"))
    assert "this worker has en-us" in refused.value.message
    assert "VIDEOBATCH_SPEECH__MODEL_DIR" in refused.value.hint


def test_an_engine_that_this_worker_does_not_have(tmp_path: Path) -> None:
    speech = Speech(engine="whisper", model_dir=tmp_path)
    with pytest.raises(SettingsError):
        Transcribers(Settings(speech=speech), unpaid).get(options(engine="whisper", model="tiny"))
    with pytest.raises(SettingsError, match="no speech engine"):
        Transcribers(Settings(), unpaid).get(options(engine="horn"))


# The desk.


@pytest.fixture
def no_desks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_desks", {})
    monkeypatch.setenv("VIDEOBATCH_REDIS_URL", NOBODY.get_secret_value())


def test_without_redis_there_is_no_desk() -> None:
    with pytest.raises(SettingsError, match="VIDEOBATCH_REDIS_URL"):
        build_desk(Settings(redis_url=None), "w1@here")


def test_a_desk_is_built_from_the_settings_without_connecting() -> None:
    retry = Retry(attempts=7, base_s=3.0, cap_s=9.0)
    made = build_desk(Settings(redis_url=NOBODY, prefix="vb", retry=retry), "w1@here")
    assert made.worker == children.owner("w1@here")
    assert made.worker.startswith(f"w1@here{LIFE_MARK}")
    assert made.retry == RetryOptions(7, 3.0, 9.0)
    assert made.patient.prefix == made.brisk.prefix == "vb"
    assert made.tools.software.startswith("videobatch ")
    assert made.host
    assert not made.is_stopping()


def test_what_is_only_shown_does_not_wait_for_redis() -> None:
    made = build_desk(Settings(redis_url=NOBODY), "w1@here")
    with pytest.raises(LedgerError):
        made.brisk.progress(Claim("b", "v", "1", 1, JOB, {}), Stage.PROBE, 0, 1)


@pytest.mark.usefixtures("no_desks")
def test_a_process_has_one_desk_and_a_fork_another() -> None:
    first = desk("w1@here")
    assert desk("w1@here") is first
    module._desks[os.getpid() + 1] = module._desks.pop(os.getpid())  # as a forked child sees it
    assert desk("w1@here") is not first
    assert list(module._desks) == [os.getpid()]
