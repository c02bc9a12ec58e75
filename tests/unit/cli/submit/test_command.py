"""From what was asked for to what is followed; a Ctrl-C after the handing over says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import typer

from cli.submit import command


def interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["about_engine", "_tell", "follow_to_the_end"])
def test_ctrl_c_after_the_handing_over_says_that_the_batch_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    nothing = SimpleNamespace(problems=(), linked_folders=())
    submission = SimpleNamespace(inputs=nothing, wish=None)
    books = SimpleNamespace(
        ledger=SimpleNamespace(store=SimpleNamespace(with_patience=lambda _: None)), views=None
    )
    submitted = SimpleNamespace(batch_id="talks-1", video_ids=["v"], done_before=0, busy=0)
    for name, value in (
        ("agreed", SimpleNamespace(submission=submission, chunks=[])),
        ("ensure_stack", None),
        ("open_books", books),
        ("refuse_eviction", None),
        ("agree", None),
        ("check_life", None),
        ("hand_over", SimpleNamespace(**vars(submitted), passed_over=())),
        ("about_engine", ()),
        ("_tell", None),
        ("follow_to_the_end", 0),
    ):
        monkeypatch.setattr(command, name, lambda *_, value=value, **__: value)
    monkeypatch.setattr(command, where, interrupt)
    asked: Any = SimpleNamespace(as_json=False, detach=False)
    with pytest.raises(typer.Exit) as ended:
        command._submitted(asked)
    assert ended.value.exit_code == 130
    assert "The batch goes on. `videobatch watch talks-1` follows it again." in (
        capsys.readouterr().out
    )
