"""A model from a hub: cut and resumed, damaged and fetched anew, refused in words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.hub import Hub, serving
from tests.support.models import CONTENTS, MODEL, TOTAL_BYTES, Told
from tests.support.waiting import wait_for
from videobatch.errors import TransientError
from videobatch.speech.models.getting import get_model
from videobatch.speech.models.sources.hub import TRIES, HubSource
from videobatch.speech.models.store import ModelStore

LIMIT_S = 300.0


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub()) as served:
        yield served


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def fetch(hub: Hub, store: ModelStore, told: Told | None = None) -> Path:
    waited: list[float] = []
    source = HubSource(f"{hub.url}/", wait=waited.append)
    return get_model(MODEL, store, [source], told or Told())


def assert_whole(path: Path) -> None:
    assert {name: (path / name).read_bytes() for name in CONTENTS} == CONTENTS


def test_it_comes_from_the_pinned_revision(hub: Hub, store: ModelStore) -> None:
    told = Told()
    assert_whole(fetch(hub, store, told))
    assert hub.asked == [(name, 0) for name in CONTENTS]
    assert told.reports[-1] == (TOTAL_BYTES, TOTAL_BYTES)
    assert f"{hub.url}/nobody/made-up" in told.lines[0]


def test_one_that_is_cut_goes_on_where_it_was(hub: Hub, store: ModelStore) -> None:
    hub.cuts["model.bin"] = [100_000, 50_000]
    assert_whole(fetch(hub, store))
    begins = [begin for name, begin in hub.asked if name == "model.bin"]
    assert begins == [0, 100_000, 150_000]


def test_one_that_was_ended_goes_on_in_the_next_call(hub: Hub, store: ModelStore) -> None:
    hub.cuts["model.bin"] = [100_000, *[0] * TRIES]
    with pytest.raises(TransientError) as refused:
        fetch(hub, store)
    assert "goes on where it was" in refused.value.hint
    assert store.verified(MODEL) is None
    hub.asked.clear()
    assert_whole(fetch(hub, store))
    # What came whole is not asked for again.
    assert hub.asked == [("model.bin", 100_000)]


def test_one_that_is_damaged_is_refused_and_fetched_anew(hub: Hub, store: ModelStore) -> None:
    hub.corrupts["model.bin"] = 1
    told = Told()
    assert_whole(fetch(hub, store, told))
    assert [name for name, _ in hub.asked].count("model.bin") == 2
    assert any("SHA-256 differs" in line and "anew" in line for line in told.lines)


def test_one_that_is_always_another_one_is_never_taken(hub: Hub, store: ModelStore) -> None:
    hub.corrupts["model.bin"] = 99
    with pytest.raises(TransientError, match="is not the file that is pinned"):
        fetch(hub, store)
    assert store.verified(MODEL) is None
    assert not store.path(MODEL).exists()


def test_cut_and_damaged_at_once(hub: Hub, store: ModelStore) -> None:
    hub.cuts["model.bin"] = [1000]
    hub.corrupts["model.bin"] = 1
    assert_whole(fetch(hub, store))
    assert [begin for name, begin in hub.asked if name == "model.bin"] == [0, 1000, 0]


def test_a_server_without_ranges_begins_anew(hub: Hub, store: ModelStore) -> None:
    hub.takes_ranges = False
    hub.cuts["model.bin"] = [1000]
    assert_whole(fetch(hub, store))


@pytest.mark.parametrize("size", [-1, 1])
def test_a_file_of_another_size_is_refused(hub: Hub, store: ModelStore, size: int) -> None:
    content = CONTENTS["model.bin"]
    hub.contents["model.bin"] = content[:-1] if size < 0 else content + b"?"
    with pytest.raises(TransientError, match=r"larger|begun anew|nothing came|HTTP 416"):
        fetch(hub, store)
    assert store.verified(MODEL) is None


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (401, 1), (503, TRIES), (429, TRIES)])
def test_a_hub_that_refuses_is_quoted(hub: Hub, store: ModelStore, status: int, tries: int) -> None:
    hub.status = status
    waited: list[float] = []
    with pytest.raises(TransientError, match=f"HTTP {status}"):
        get_model(MODEL, store, [HubSource(hub.url, wait=waited.append)], Told())
    assert len(waited) == tries - 1


def test_a_hub_that_cannot_be_reached_is_named(store: ModelStore) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to host")

    source = HubSource(
        "https://mirror.example", transport=httpx.MockTransport(refuse), wait=lambda _: None
    )
    with pytest.raises(TransientError, match=r"https://mirror\.example: ConnectError: no route"):
        get_model(MODEL, store, [source], Told())


def test_two_at_once_are_one_download(hub: Hub, store: ModelStore) -> None:
    hub.hold.clear()
    told, found = [Told(), Told()], list[Path]()
    threads = [
        threading.Thread(target=lambda each=each: found.append(fetch(hub, store, each)))
        for each in told
    ]
    for thread in threads:
        thread.start()
    wait_for(
        lambda: bool(hub.asked) and any("waiting" in line for each in told for line in each.lines),
        LIMIT_S,
        "one downloads and the other waits",
    )
    hub.hold.set()
    for thread in threads:
        thread.join(LIMIT_S)
    assert found == [store.path(MODEL)] * 2
    assert hub.asked == [(name, 0) for name in CONTENTS]
