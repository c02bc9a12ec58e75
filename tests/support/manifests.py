"""Manifests of documents that nobody made."""

from __future__ import annotations

from typing import Any

from videobatch.pipeline.outputs.manifest import MadeFile, Making, build_manifest
from videobatch.records import Coverage, Probe, VideoJob


def manifest_fields(
    token: str, template: str, made: tuple[MadeFile, ...], content: str = "ab", document: str = ""
) -> dict[str, Any]:
    """The fields of the manifest of a document of the template, made by the attempt of that token
    of a video of that content (two hexadecimal digits)."""
    job = VideoJob("v", "file:///v", "file:///", "file:///o", template, "f", document=document)
    return build_manifest(
        job,
        Probe("mp4", 1.0, 1, content * 32, None, None),
        Coverage(1.0, 1.0),
        Making(
            token=token,
            template_hash="cd" * 32,
            transcriber=None,
            language=None,
            elapsed_s=1.0,
            words=0,
            keyframes=0,
            stages_s={},
            files=made,
            software="videobatch",
        ),
    )
