"""The benchmarks: what videobatch costs and how fast it answers, beside its targets.

    python -m benchmarks [NAME...] [--json] [--quick] [--strict]

Each runs alone as well: python -m benchmarks.NAME. docs/benchmarks.md says what they measure.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from benchmarks import (
    control_cost,
    controller,
    decoding,
    dispatch,
    documents,
    ledger,
    limiter,
    memory,
    pipeline,
    policies,
    progress,
    search,
    slide_terms,
    slides,
    speech,
    speech_host,
    speech_memory,
    start,
    submit_10k,
    suite,
)

BENCHMARKS: Mapping[str, suite.Measure] = {
    "start": start.measure,
    "dispatch": dispatch.measure,
    "submit_10k": submit_10k.measure,
    "ledger": ledger.measure,
    "progress": progress.measure,
    "decoding": decoding.measure,
    "slides": slides.measure,
    "limiter": limiter.measure,
    "memory": memory.measure,
    "speech": speech.measure,
    "slide_terms": slide_terms.measure,
    "speech_memory": speech_memory.measure,
    "speech_host": speech_host.measure,
    "documents": documents.measure,
    "search": search.measure,
    "pipeline": pipeline.measure,
    "policies": policies.measure,
    "control_cost": control_cost.measure,
    "controller": controller.measure,
}

if __name__ == "__main__":
    sys.exit(suite.run(BENCHMARKS, about=__doc__))
