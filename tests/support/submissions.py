"""Submissions for tests, in a few words, and the documents that they find made before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from videobatch.paths import from_uri
from videobatch.pipeline.outputs.manifest import (
    MadeFile,
    Making,
    Manifest,
    build_manifest,
    manifest_json,
    merged,
    read_manifest,
)
from videobatch.records import Coverage, Probe
from videobatch.speech.engines import POCKETSPHINX
from videobatch.state.ledger import NewVideo
from videobatch.submission import Choices, Submission, make_wish, prepare

CONTENT = b"moving pictures"
# Whatever models are on the machine.
OFFLINE = Choices(engine=POCKETSPHINX)


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


def make_document(
    new: NewVideo, content: bytes = CONTENT, coverage: Coverage | None = None
) -> Path:
    """Leaves what a worker would: the document and its manifest; the video's output folder."""
    folder = from_uri(new.job.out_uri)
    folder.mkdir(parents=True, exist_ok=True)
    document = folder / new.job.document_file
    document.write_text("# A\n")
    fields = build_manifest(
        new.job,
        Probe("mp4", 11.0, len(content), hashlib.sha256(content).hexdigest(), None, None),
        coverage or Coverage(11.0, 11.0),
        Making(
            token="1-0123abcd",
            template_hash="cd" * 32,
            transcriber=None,
            language="en",
            elapsed_s=2.5,
            words=22,
            keyframes=2,
            stages_s={},
            files=(MadeFile(name=document.name, size_bytes=4, sha256="ef" * 32),),
            software="videobatch 0.1.0",
        ),
    )
    before = read_manifest(folder / "manifest.json")
    both = merged(Manifest.model_validate(fields), before, lambda name: (folder / name).exists())
    (folder / "manifest.json").write_text(manifest_json(both))
    return folder
