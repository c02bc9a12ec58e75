"""Compose: the document, from all that was found."""

from __future__ import annotations

from videobatch.media.streams import stops_early
from videobatch.pipeline.document import Document, compose
from videobatch.pipeline.material import Material
from videobatch.pipeline.stages.picturing import Seen
from videobatch.pipeline.stages.transcribing import Heard
from videobatch.pipeline.work import Work
from videobatch.records import Coverage, Phase, Probe, Stage


def compose_stage(work: Work, probe: Probe, heard: Heard, seen: Seen) -> Document:
    """The document. MUST say what could not be read, and be equal for equal findings."""
    work.progress.report(Stage.COMPOSE, 0, 1)
    job = work.claim.job
    template = work.tools.template(job.template, work.options.template_hash)
    material = Material(
        name=job.name,
        probe=probe,
        coverage=coverage(probe, heard, seen),
        transcript=heard.transcript,
        frames=seen.refs,
        scene_changes_s=seen.scene_changes_s,
        created=work.tools.today(),
        software=work.tools.software,
    )
    with work.tools.phases.mark(Phase.CPU):
        document = compose(template, job.params, material)
    work.progress.report(Stage.COMPOSE, 1, 1)
    return document


def coverage(probe: Probe, heard: Heard, seen: Seen) -> Coverage:
    """How much of the file was read: what is missing of the sound counts before the pictures,
    but where one of them cannot be read at all, what was read of the other counts."""
    looks = [look for look in (heard.coverage, seen.coverage) if look is not None]
    if not looks:
        return Coverage(probe.duration_s, probe.duration_s)
    declared_s = max(look.declared_s for look in looks)
    furthest = max(looks, key=lambda look: look.read_s)
    broken = [look for look in looks if look.problem is not None]
    if not broken:
        return Coverage(declared_s, furthest.read_s)
    if furthest.read_s == 0:
        return Coverage(declared_s, 0.0, stops_early(declared_s, 0.0))
    if all(look.problem == stops_early(look.declared_s, look.read_s) for look in looks):
        # Sound and pictures of a file that was cut end near each other: that is one problem.
        return furthest
    problems = dict.fromkeys(look.problem for look in broken if look.problem)
    told = broken[0] if broken[0].read_s else furthest
    return Coverage(told.declared_s, told.read_s, "; ".join(problems))
