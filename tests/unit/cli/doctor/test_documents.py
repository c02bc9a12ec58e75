"""The checks of who hears and who writes, and of the templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import httpx
import pytest

from cli.doctor import documents
from cli.doctor.check import CheckStatus
from config.documents import SlideSettings, SpeechSettings, WriterSettings
from config.settings import Settings
from tests.support.doctor import only

TEMPLATE = "name: mine\ntitle: Mine\ndescription: |\n  A template.\nbody: [\n"


def test_offline_speech_has_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(speech=SpeechSettings(engine="pocketsphinx"))
    check = only(documents.provider(settings))
    assert check.status is CheckStatus.OK
    assert "pocketsphinx" in check.found

    monkeypatch.setattr("pocketsphinx.get_model_path", lambda name: str(tmp_path / name))
    check = only(documents.provider(settings))
    assert check.status is CheckStatus.BAD
    assert str(tmp_path) in check.found


def test_without_a_model_auto_says_what_hears_and_how_to_get_better(tmp_path: Path) -> None:
    speech = SpeechSettings(engine="auto", models_dir=tmp_path)
    check = only(documents.provider(Settings(speech=speech)))
    assert check.status is CheckStatus.WARN
    assert "pocketsphinx with model en-us (English, rough)" in check.found
    assert f"the speech model base is not in {tmp_path}" in check.found
    assert "videobatch models get base" in check.hint


@pytest.mark.parametrize("model_dir", [None, Path("/no/such/model")])
def test_whisper_without_what_it_needs(model_dir: Path | None, tmp_path: Path) -> None:
    speech = SpeechSettings(engine="whisper", model_dir=model_dir, models_dir=tmp_path)
    settings = Settings(speech=speech)
    check = only(documents.provider(settings))
    assert check.status is CheckStatus.BAD
    assert "whisper" in check.found
    assert check.hint


def test_whisper_with_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).touch()
    monkeypatch.setattr("videobatch.speech.engines.find_spec", lambda _name: object())
    settings = Settings(speech=SpeechSettings(engine="whisper", model_dir=tmp_path))
    check = only(documents.provider(settings))
    assert check.status is CheckStatus.OK
    assert tmp_path.name in check.found


@pytest.mark.parametrize(
    ("provider", "key"), [("openai", "OPENAI_API_KEY"), ("gemini", "GEMINI_API_KEY")]
)
@pytest.mark.parametrize("place", ["environment", ".env", "nowhere"])
def test_a_paid_provider_needs_its_key_which_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, provider: str, key: str, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv(key, "s3cret")
    elif place == ".env":
        (tmp_path / ".env").write_text(f"{key}=s3cret\n")
    models = [{"id": name} for name in ("whisper-1", "gpt-6-luna", "gemini-3.5-flash-lite")]
    sent = listing(monkeypatch, httpx.Response(200, json={"data": models}))
    for check in (
        only(documents.provider(Settings(provider=provider))),
        only(documents.writer(Settings(provider=provider))),
    ):
        assert check.status is (CheckStatus.BAD if place == "nowhere" else CheckStatus.OK)
        assert f"{key} is {'not set' if place == 'nowhere' else 'set'}" in check.found
    assert len(sent) == (0 if place == "nowhere" else 2)
    assert "s3cret" not in check.found + check.hint
    assert (key in check.hint) == (place == "nowhere")


def listing(
    monkeypatch: pytest.MonkeyPatch, reply: httpx.Response | Exception
) -> list[tuple[str, Mapping[str, str]]]:
    """The addresses and headers of what the doctor asks; every server replies so."""
    sent: list[tuple[str, Mapping[str, str]]] = []

    def get(address: str, *, headers: Mapping[str, str], timeout: float) -> httpx.Response:
        sent.append((address, headers))
        if isinstance(reply, Exception):
            raise reply
        return reply

    monkeypatch.setattr("cli.doctor.asking.httpx.get", get)
    return sent


def test_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    sent = listing(monkeypatch, httpx.Response(404))
    check = only(documents.provider(Settings(provider="openai")))
    assert check.status is CheckStatus.OK
    assert check.found == (
        "openai, whisper-1 hears at http://127.0.0.1:8000/v1; OPENAI_API_KEY is not set"
    )
    assert sent == [("http://127.0.0.1:8000/v1/models", {})]
    check = only(documents.writer(Settings(provider="openai")))
    assert check.found.startswith("none")


@pytest.mark.parametrize(
    ("reply", "status", "says", "hint"),
    [
        (httpx.ConnectError("refused s3cret"), CheckStatus.BAD, "cannot be reached", "BASE_URL"),
        (httpx.Response(401), CheckStatus.BAD, "does not accept it", "VIDEOBATCH_WRITER__KEY"),
        (
            httpx.Response(400, json={"error": {"details": [{"reason": "API_KEY_INVALID"}]}}),
            CheckStatus.BAD,
            "does not accept it",
            "VIDEOBATCH_WRITER__KEY",
        ),
        (
            httpx.Response(200, json={"data": [{"id": "other"}]}),
            CheckStatus.WARN,
            "does not list that model",
            "VIDEOBATCH_WRITER__MODEL",
        ),
        (httpx.Response(200, json={"data": [{"id": "mine"}]}), CheckStatus.OK, "mine writes", ""),
        (httpx.Response(200, text="<html>"), CheckStatus.OK, "mine writes", ""),
        (httpx.Response(200, json=[1]), CheckStatus.OK, "mine writes", ""),
    ],
)
def test_each_is_asked_for_itself(
    monkeypatch: pytest.MonkeyPatch,
    reply: httpx.Response | Exception,
    status: CheckStatus,
    says: str,
    hint: str,
) -> None:
    monkeypatch.setenv("VIDEOBATCH_WRITER__KEY", "s3cret")
    sent = listing(monkeypatch, reply)
    writer = WriterSettings(provider="openai", base_url="http://h:1/v1", model="mine")
    settings = Settings(writer=writer)
    check = only(documents.writer(settings))
    assert (check.status, says in check.found, hint in check.hint) == (status, True, True)
    assert "s3cret" not in check.found + check.hint
    assert sent == [("http://h:1/v1/models", {"Authorization": "Bearer s3cret"})]
    # Speech is recognised here, and asks nobody.
    assert "pocketsphinx" in only(documents.provider(settings)).found
    assert len(sent) == 1


OFF = {"shutdown_date": "2030-06-30"}
TOLD = "old is switched off on 2030-06-30"


@pytest.mark.parametrize("is_vendors", [True, False])
@pytest.mark.parametrize(
    ("today", "listed", "status", "says", "vendor_alone"),
    [
        # The catalogue's day counts at the vendor's own server, unless its list tells another.
        (date(2030, 6, 1), {}, CheckStatus.WARN, f"{TOLD}; its successor is new", True),
        (date(2030, 6, 30), {}, CheckStatus.BAD, "old was switched off on 2030-06-30", True),
        (date(2030, 1, 1), {}, CheckStatus.OK, "old writes", False),
        (date(2030, 6, 1), {"shutdown_date": None}, CheckStatus.OK, "old writes", False),
        (date(2030, 6, 1), {"shutdown_date": "soon"}, CheckStatus.WARN, TOLD, True),
        (
            date(2029, 12, 20),
            {"shutdown_date": "2030-01-01"},
            CheckStatus.WARN,
            "old is switched off on 2030-01-01; its successor is new",
            False,
        ),
        (date(2030, 1, 1), {"shutdown_date": "2030-01-01"}, CheckStatus.BAD, "was switched", False),
    ],
)
def test_an_end_of_the_model_is_told(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    is_vendors: bool,
    today: date,
    listed: Mapping[str, str | None],
    status: CheckStatus,
    says: str,
    vendor_alone: bool,
) -> None:
    own = tmp_path / "models.toml"
    own.write_text('[models.old]\nvalid_until = 2030-06-30\nreplaced_by = "new"\n')
    monkeypatch.setenv("VIDEOBATCH_API__PRICES", str(own))
    monkeypatch.setenv("VIDEOBATCH_WRITER__KEY", "s3cret")
    listing(monkeypatch, httpx.Response(200, json={"data": [{"id": "old", **listed}]}))
    url = None if is_vendors else "http://h:1/v1"
    settings = Settings(writer=WriterSettings(provider="openai", base_url=url, model="old"))
    check = only(documents.writer(settings, today))
    if vendor_alone and not is_vendors:
        status, says = CheckStatus.OK, "old writes"
    assert (check.status, says in check.found) == (status, True), check.found
    hint = "" if status is CheckStatus.OK else "set VIDEOBATCH_WRITER__MODEL=new"
    assert check.hint == hint


def test_a_model_that_is_not_listed_any_more_is_told_with_its_successor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
    listing(monkeypatch, httpx.Response(200, json={"data": [{"id": "gpt-transcribe"}]}))
    check = only(documents.provider(Settings(provider="openai"), date(2026, 1, 1)))
    assert check.status is CheckStatus.WARN
    assert "the server does not list that model" in check.found
    assert "VIDEOBATCH_SPEECH__MODEL=gpt-transcribe, its successor" in check.hint


def test_a_choice_that_makes_no_sense_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    check = only(documents.writer(Settings(writer=WriterSettings(base_url="http://h:1/v1"))))
    assert check.status is CheckStatus.BAD
    assert "VIDEOBATCH_WRITER__PROVIDER" in check.hint


def test_templates(tmp_path: Path) -> None:
    check = only(documents.templates(Settings()))
    assert check.status is CheckStatus.OK
    assert "summary_report is used" in check.found

    check = only(documents.templates(Settings(template="mine")))
    assert check.status is CheckStatus.BAD
    assert "there is no mine" in check.found

    (tmp_path / "mine.yaml").write_text(TEMPLATE)
    check = only(documents.templates(Settings(templates_dir=tmp_path)))
    assert check.status is CheckStatus.BAD
    assert f"{tmp_path / 'mine.yaml'}:6: is not YAML" in check.found
    assert "docs/reference/templates.md" in check.hint


@pytest.mark.parametrize(
    ("read", "lacks", "status", "told"),
    [
        ("auto", (), CheckStatus.OK, "rapidocr"),
        ("on", (), CheckStatus.OK, "rapidocr"),
        ("auto", ("cv2",), CheckStatus.OK, "EXTRAS=ocr"),
        ("on", ("cv2",), CheckStatus.WARN, "cv2 missing"),
        ("off", (), CheckStatus.OK, "VIDEOBATCH_SLIDES__READ=off"),
    ],
)
def test_slides(
    monkeypatch: pytest.MonkeyPatch,
    read: str,
    lacks: tuple[str, ...],
    status: CheckStatus,
    told: str,
) -> None:
    monkeypatch.setattr(documents, "missing", lambda: lacks)
    check = only(documents.slides(SlideSettings.model_validate({"read": read})))
    assert check.status is status
    assert told in check.found
    assert ("EXTRAS=ocr" in check.hint) == (status is CheckStatus.WARN)
