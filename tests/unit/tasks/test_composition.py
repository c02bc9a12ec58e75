"""The desk as it is put together: from the settings, one for each process."""

from __future__ import annotations

import os

import pytest
from pydantic import SecretStr

from celery_app.worker import children
from config.access import load_access
from config.fleet import RetrySettings
from config.settings import Settings
from tasks import composition as module
from tasks.composition import build_desk, desk
from tasks.desk.desk import Desk
from videobatch.errors import LedgerError, SettingsError
from videobatch.pipeline.retry import RetryOptions
from videobatch.records import LIFE_MARK, Claim, Stage, VideoJob

JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f")
NOBODY = SecretStr("redis://127.0.0.1:1/0")


def built(settings: Settings) -> Desk:
    return build_desk(settings, load_access(), "w1@here")


@pytest.fixture
def no_desks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_desks", {})
    monkeypatch.setenv("VIDEOBATCH_REDIS_URL", NOBODY.get_secret_value())


def test_without_redis_there_is_no_desk() -> None:
    with pytest.raises(SettingsError, match="VIDEOBATCH_REDIS_URL"):
        built(Settings(redis_url=None))


def test_a_desk_is_built_from_the_settings_without_connecting() -> None:
    retry = RetrySettings(attempts=7, base_s=3.0, cap_s=9.0)
    made = built(Settings(redis_url=NOBODY, prefix="vb", retry=retry))
    assert made.worker == children.owner("w1@here")
    assert made.worker.startswith(f"w1@here{LIFE_MARK}")
    assert made.retry == RetryOptions(7, 3.0, 9.0)
    assert made.patient.store.keys.prefix == made.brisk.store.keys.prefix == "vb"
    assert made.tools.software.startswith("videobatch ")
    assert made.host
    assert not made.is_stopping()


def test_what_is_only_shown_does_not_wait_for_redis() -> None:
    made = built(Settings(redis_url=NOBODY))
    with pytest.raises(LedgerError):
        made.brisk.progress(Claim("b", "v", "1", 1, JOB, {}), Stage.PROBE, 0, 1)


@pytest.mark.usefixtures("no_desks")
def test_a_process_has_one_desk_and_a_fork_another() -> None:
    first = desk("w1@here")
    assert desk("w1@here") is first
    module._desks[os.getpid() + 1] = module._desks.pop(os.getpid())  # as a forked child sees it
    assert desk("w1@here") is not first
    assert list(module._desks) == [os.getpid()]
