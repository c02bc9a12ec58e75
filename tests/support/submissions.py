"""Submissions for tests: what a person asks for in a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from videobatch.submission import OFFLINE, Choices, Submission, make_wish, prepare


def asked_for(
    paths: Sequence[Path],
    out: Path,
    *,
    choices: Choices = OFFLINE,
    template: str = "summary_report",
    params: Mapping[str, object] | None = None,
    **options: Any,
) -> Submission:
    """The submission of these folders and files."""
    return prepare(paths, out, make_wish(template, params, choices), **options)
