"""The language of documents, from submit to file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.shared.schema import StatusOut
from tests.support.cli import stack
from tests.support.media import Recipe, Sound, make_media
from tests.support.outputs import batch_folder, manifest_of

pytestmark = pytest.mark.real

SAID = (
    "Today we will look at the tides of the ocean.",
    "The moon pulls more strongly on the nearer side of the earth.",
    "The difference between these pulls is a tidal force.",
    "A narrow bay leaves the water nowhere to go.",
    "The dam changes the life of the whole bay.",
)
SRT = "".join(
    f"{n + 1}\n00:00:{4 * n:02},000 --> 00:00:{4 * n + 3:02},900\n{text}\n\n"
    for n, text in enumerate(SAID)
)


def test_a_document_is_in_the_language_that_is_wished_for(tmp_path: Path) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    videos.mkdir()
    make_media(videos / "tides.mp4", Recipe(20.0, None, Sound(voiced=((0.2, 19.0),))))
    (videos / "tides.en.srt").write_text(SRT)
    with stack(tmp_path / "home") as cli:
        refused = cli("submit", videos, "--out", out, "--language", "fr")
        assert refused.exit_code == 2
        assert "no headings in 'fr'" in refused.err
        submitted = cli("submit", videos, "--out", out, "--language", "zh-CN")
        assert submitted.exit_code == 0, submitted.said
        folder = batch_folder(out) / "tides.mp4"
        text = (folder / "summary_report.md").read_text()
        assert "## 概述" in text
        assert "## Overview" not in text
        assert "（en）" in text.split("\n## ")[0]
        manifest = manifest_of(folder)
        assert (manifest["language"], manifest["document_language"]) == ("en", "zh")
        # Without a wish it is what is spoken, which is another document.
        again = cli("submit", videos, "--out", out)
        assert again.exit_code == 0, again.said
        text = (folder / "summary_report.md").read_text()
        assert "## Overview" in text
        assert manifest_of(folder)["document_language"] == "en"
        told = StatusOut.model_validate_json(cli("status", "--all", "--json").out)
        wished = {video.document_language for batch in told.batches for video in batch.videos}
        assert wished <= {None, "zh"}
