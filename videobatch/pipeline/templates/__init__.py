"""Templates: what a document is made of, as YAML files with a schema."""

from __future__ import annotations

from videobatch.pipeline.templates.definition import Parameter, Section, Template
from videobatch.pipeline.templates.language import check_language
from videobatch.pipeline.templates.loading import load_templates
from videobatch.pipeline.templates.params import check_params

__all__ = [
    "Parameter",
    "Section",
    "Template",
    "check_language",
    "check_params",
    "load_templates",
]
