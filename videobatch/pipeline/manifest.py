"""`manifest.json`: what was made of a video, from what, and how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from videobatch.pipeline.markdown import plain
from videobatch.records import Coverage, Probe, VideoJob

SCHEMA_VERSION = 1
MOST_BYTES = 16_000_000


class _Frozen(BaseModel):
    # Unknown fields are from a newer version, whose schema_version says whether it can be read.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Source(_Frozen):
    """The video file, as it was when it was read."""

    name: str
    size_bytes: int
    mtime_ns: int
    content_hash: str


class MadeFile(_Frozen):
    """A file next to the manifest; `name` is its path from there, with `/`."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(_Frozen):
    """What `manifest.json` holds. Durations are seconds, `stages_s` the time each stage took."""

    schema_version: Literal[1]
    software: str
    state: Literal["done", "partial"]
    note: str | None = None
    source: Source
    template: str
    template_hash: str = ""
    params: dict[str, Any]
    fingerprint: str
    transcriber: str | None = None
    language: str | None = None
    duration_s: float
    elapsed_s: float
    words: int
    keyframes: int
    coverage: Coverage
    probe: dict[str, Any]
    stages_s: dict[str, float]
    files: tuple[MadeFile, ...]


def build_manifest(
    *,
    job: VideoJob,
    probe: Probe,
    coverage: Coverage,
    template_hash: str,
    transcriber: str | None,
    language: str | None,
    elapsed_s: float,
    words: int,
    keyframes: int,
    stages_s: Mapping[str, float],
    files: tuple[MadeFile, ...],
    software: str,
) -> dict[str, Any]:
    """The manifest as JSON fields; `manifest_json` makes text of it."""
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        software=software,
        state="partial" if coverage.is_partial else "done",
        note=None if coverage.problem is None else plain(coverage.problem, 300),
        source=Source(
            name=job.name,
            size_bytes=job.size_bytes,
            mtime_ns=job.mtime_ns,
            content_hash=probe.content_hash,
        ),
        template=job.template,
        template_hash=template_hash,
        params=dict(job.params),
        fingerprint=job.fingerprint,
        transcriber=transcriber,
        language=language,
        duration_s=coverage.duration_s,
        elapsed_s=round(elapsed_s, 3),
        words=words,
        keyframes=keyframes,
        coverage=coverage,
        probe=asdict(probe),
        stages_s={stage: round(took_s, 3) for stage, took_s in stages_s.items()},
        files=files,
    )
    return manifest.model_dump()


def manifest_json(manifest: Mapping[str, Any]) -> str:
    """The manifest as text. Lone surrogates (from odd tags) become question marks: with them no
    parser would take it."""
    text = json.dumps(manifest, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return text.encode(errors="replace").decode()


def read_manifest(path: Path) -> Manifest | None:
    """The manifest in the file; None where there is none that this version can read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
