"""The umask of whoever submitted, for as long as documents are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from videobatch.media.files import umask


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_it_holds_in_the_block_and_no_longer(tmp_path: Path, mask: int, mode: int) -> None:
    before = umask.current()
    with umask.applied(mask):
        assert umask.current() == mask
        (tmp_path / "a").write_text("")
    assert umask.current() == before
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_none_is_the_process_own() -> None:
    before = umask.current()
    with umask.applied(None):
        assert umask.current() == before


def test_an_error_ends_it_as_well() -> None:
    before = umask.current()
    with pytest.raises(ValueError, match="x"), umask.applied(0o077):
        raise ValueError("x")
    assert umask.current() == before
