"""The gallery's index page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.gallery.making import OFFLINE, ORDER, WRITTEN, Made
from benchmarks.talks import Told
from videobatch.pipeline.text.markdown import escape, stamp

LANGUAGES = {"en": "English", "zh": "Chinese"}
COMMAND = "python -m benchmarks.gallery --write docs/gallery"
ABOUT = f"""\
# Gallery

Documents of ten talks by the built-in templates, as `videobatch submit` makes them: *offline*
without a language model, which quotes what was said, and *written* by one, whose statements are
looked up in the talk. [How they are made](../background/documents.md) tells the rules,
[templates](../reference/templates.md) what each is made of.

The talks are laid out by script: each word takes its time, slides are shown while they are spoken
of. The videos are not here, so the times lead nowhere. The model's answers were written once for
the gallery, and are stored as OpenAI's and Gemini's servers give answers
(`benchmarks/gallery/answers`); they go the way that every answer goes.

    {COMMAND}

makes all of it anew; `tests/unit/benchmarks/gallery/` holds it to the code.
"""


def index(made: Sequence[Made]) -> str:
    """The page with a table of the talks and their documents, and where the talks are from."""
    rows = [
        "| talk | language | length | offline | written by a model |",
        "|---|---|---|---|---|",
    ]
    talks: list[Told] = []
    for _, group in groupby(made, key=lambda each: each.talk.name):
        own = list(group)
        talks.append(own[0].talk)
        rows.append(f"| {' | '.join(_cells(own))} |")
    origins = [f"- *{escape(talk.title)}*: {escape(talk.source)}" for talk in talks]
    table, listed = "\n".join(rows), "\n".join(origins)
    return f"{ABOUT}\n## Documents\n\n{table}\n\n## The talks\n\n{listed}\n"


def _cells(own: Sequence[Made]) -> Iterator[str]:
    talk = own[0].talk
    yield escape(talk.title)
    yield "Chinese, English" if _is_bilingual(talk) else LANGUAGES[talk.language]
    yield stamp(talk.duration_s)
    for kind in (OFFLINE, WRITTEN):
        found = [each for each in own if each.kind == kind]
        yield ", ".join(f"[{_name(each)}]({each.path})" for each in found) or "–"


def _is_bilingual(talk: Told) -> bool:
    """True where a third of a Chinese talk's lines are in English."""
    return talk.language == "zh" and 3 * sum(x.text.isascii() for x in talk.lines) > len(talk.lines)


def _name(each: Made) -> str:
    """A template's name for the table, without what all of its kind share."""
    assert each.template in ORDER
    return each.template.replace("_", " ")
