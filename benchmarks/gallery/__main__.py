"""`python -m benchmarks.gallery`: writes the gallery, and stores answers for it.

python -m benchmarks.gallery --write docs/gallery
python -m benchmarks.gallery --prompt TALK TEMPLATE
python -m benchmarks.gallery --store TALK < ANSWERS.yaml
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.gallery.answers import StoredWriter, store
from benchmarks.gallery.index import index
from benchmarks.gallery.making import ORDER, documents, load_talks, material_of, task_of
from benchmarks.talks import Told
from videobatch.pipeline.templates import load_templates
from videobatch.pipeline.writing.prompts import Given, document_system, document_user
from videobatch.pipeline.writing.task import Task
from videobatch.pipeline.writing.wanted import Part, wanted_parts


def main() -> int:
    """Exit code 0; 2 where the command line is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, metavar="FOLDER", help="make all documents anew")
    what.add_argument(
        "--prompt", nargs=2, metavar=("TALK", "TEMPLATE"), help="what a model is sent"
    )
    what.add_argument(
        "--store", metavar="TALK", help="keep the parts of an answer, YAML, for each template"
    )
    chosen = parser.parse_args()
    if chosen.write:
        print(f"{write_gallery(chosen.write)} documents in {chosen.write}")
    elif chosen.prompt:
        print(prompt(*chosen.prompt))
    else:
        keep(chosen.store, yaml.safe_load(sys.stdin))
    return 0


def files() -> dict[str, str]:
    """The gallery's files by their places below its folder."""
    made = list(documents())
    return {**{each.path: each.document.markdown for each in made}, "README.md": index(made)}


def write_gallery(folder: Path) -> int:
    """Writes the gallery in place of the one that is there, and returns how many documents."""
    found = files()
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(found) - 1


def prompt(talk: str, template: str) -> str:
    """The question about a talk, as a model is sent it."""
    task = _task(_talk(talk), template)
    has_blocks = any(part.has_blocks for part in _parts(task))
    asked = Given(slides=task.has_slides, blocks=has_blocks)
    system = document_system(task.template, task.language, task.params, asked)
    return f"{system}\n\n{document_user(task.material, _parts(task), task.lines, ())}"


def keep(talk: str, given: dict[str, Any]) -> None:
    """Stores the answer for each template: of the parts that are given those that it asks for, no
    more of each than it wants. What stands under a template's name goes before the rest."""
    told = _talk(talk)
    for name in ORDER:
        if load_templates()[name].speech_language in (None, told.language):
            parts = {**given, **given.get(name, {})}
            content = {p.name: _cut(parts[p.name], p) for p in _parts(_task(told, name))}
            store(talk, name, content, is_gemini=told.language == "zh")


def _cut(entries: list[dict[str, Any]], part: Part) -> list[dict[str, Any]]:
    found = entries[: part.count]
    if part.form != "chapter":
        return found
    return [
        {**entry, "points": _first(entry["points"], part.points)}
        if part.points
        else {name: value for name, value in entry.items() if name != "points"}
        for entry in found
    ]


def _first(points: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many statements, with the blocks among them, which are not counted."""
    places = [at for at, point in enumerate(points) if point.get("kind", "text") == "text"]
    return points[: places[count]] if len(places) > count else points


def _talk(name: str) -> Told:
    return next(talk for talk in load_talks() if talk.name == name)


def _task(talk: Told, template: str) -> Task:
    return task_of(load_templates()[template], material_of(talk), StoredWriter({}))


def _parts(task: Task) -> list[Part]:
    return wanted_parts(task.template, task.params, task.material.duration_s, task.told_s)


if __name__ == "__main__":
    sys.exit(main())
