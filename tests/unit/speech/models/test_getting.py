"""Bringing a model: the sources in their order, once on a machine, and words for what fails."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.support.models import MODEL, Told, lay_out
from tests.support.waiting import wait_for
from videobatch.errors import PermanentError, SettingsError, TransientError, VideobatchError
from videobatch.speech.models.catalogue import Model
from videobatch.speech.models.getting import get_model
from videobatch.speech.models.progress import Progress
from videobatch.speech.models.store import ModelStore

LIMIT_S = 300.0


class Place:
    """A source that lays the files out, or fails so."""

    def __init__(
        self, name: str, fails: VideobatchError | None = None, *, has: bool = True
    ) -> None:
        self.name, self.fails, self.asked, self._has = name, fails, 0, has

    def has(self, model: Model) -> bool:
        return self._has

    def fill(self, model: Model, part: Path, progress: Progress) -> None:
        self.asked += 1
        if self.fails:
            raise self.fails
        lay_out(part)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def test_what_is_there_is_asked_of_nobody(store: ModelStore) -> None:
    lay_out(store.path(MODEL))
    place = Place("a")
    assert get_model(MODEL, store, [place], Told()) == store.path(MODEL)
    assert place.asked == 0


def test_the_first_that_has_it_is_taken(store: ModelStore) -> None:
    places = [
        Place("no packages", has=False),
        Place("index", TransientError("no such package")),
        Place("hub"),
        Place("never"),
    ]
    told = Told()
    assert get_model(MODEL, store, places, told) == store.path(MODEL)
    assert [place.asked for place in places] == [0, 1, 1, 0]
    assert told.lines == ["index: no such package"]
    assert store.verified(MODEL)


def test_where_nobody_has_it_each_reason_is_told_and_what_to_do(store: ModelStore) -> None:
    places = [Place("index", TransientError("gone")), Place("hub", PermanentError("HTTP 404"))]
    with pytest.raises(TransientError, match="index: gone; hub: HTTP 404") as refused:
        get_model(MODEL, store, places, Told())
    assert refused.value.code == "model_not_had"
    assert "videobatch models get small.up" in refused.value.hint
    assert "HF_ENDPOINT" in refused.value.hint
    assert store.verified(MODEL) is None


def test_what_came_stays_for_the_next_call(store: ModelStore) -> None:
    with pytest.raises(TransientError):
        get_model(MODEL, store, [Begun()], Told())
    assert (store.part(MODEL) / "begun").read_text() == "half"
    get_model(MODEL, store, [Place("hub")], Told())
    assert not (store.path(MODEL) / "begun").exists()


class Begun(Place):
    def __init__(self) -> None:
        super().__init__("hub")

    def fill(self, model: Model, part: Path, progress: Progress) -> None:
        (part / "begun").write_text("half")
        raise TransientError("cut")


def test_two_at_once_fetch_it_once(store: ModelStore) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Place):
        def fill(self, model: Model, part: Path, progress: Progress) -> None:
            entered.set()
            assert go_on.wait(LIMIT_S)
            super().fill(model, part, progress)

    first, second, told, found = Slow("first"), Place("second"), Told(), list[Path]()
    threads = [
        threading.Thread(target=lambda: found.append(get_model(MODEL, store, [first], Told()))),
        threading.Thread(target=lambda: found.append(get_model(MODEL, store, [second], told))),
    ]
    threads[0].start()
    assert entered.wait(LIMIT_S)
    threads[1].start()
    wait_for(lambda: bool(told.lines), LIMIT_S, "the second says that it waits")
    go_on.set()
    for thread in threads:
        thread.join(LIMIT_S)
    assert found == [store.path(MODEL)] * 2
    assert (first.asked, second.asked) == (1, 0)
    assert "another process" in told.lines[0]


def test_a_disk_without_room_is_asked_before_anybody_else(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = MODEL.size_bytes

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    place = Place("hub")
    with pytest.raises(TransientError, match="MB free") as refused:
        get_model(MODEL, store, [place], Told())
    assert (refused.value.code, place.asked) == ("disk_full", 0)


def test_a_folder_that_cannot_be_written_ends_it(store: ModelStore) -> None:
    places = [Place("index", SettingsError("cannot be written")), Place("hub")]
    with pytest.raises(SettingsError):
        get_model(MODEL, store, places, Told())
    assert places[1].asked == 0
