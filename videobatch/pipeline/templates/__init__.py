"""Templates: the parts of a document, as YAML files with a schema.

A field of the file is one of `Template` in definition.py; a kind of section is a function of
`sections/kinds.py` and a line in its `KINDS`; a name for a body is one of `NAMES` in rendering.py,
and gets its value in `document.py`.
"""

from __future__ import annotations

from videobatch.pipeline.templates.definition import Parameter, Section, Template
from videobatch.pipeline.templates.language import (
    check_language,
    document_language,
    wished_language,
)
from videobatch.pipeline.templates.loading import find_named, load_templates
from videobatch.pipeline.templates.params import check_params

__all__ = [
    "Parameter",
    "Section",
    "Template",
    "check_language",
    "check_params",
    "document_language",
    "find_named",
    "load_templates",
    "wished_language",
]
