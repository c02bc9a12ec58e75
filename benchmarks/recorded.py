"""A model's answers about the talks, as a vendor's server gives them, true statements and false.

    python -m benchmarks.recorded

writes them anew into benchmarks/talks/*.json, by the server of the tests. They are made once and
kept, so that a figure of today can be compared with that of a year ago.
"""

from __future__ import annotations

import itertools
import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from benchmarks.falsehoods import HELD_OUT, SEEN, Rule
from benchmarks.talks import FOLDER, Stated, Told, load_told
from tests.support.api_server import ApiServer
from videobatch.providers.answers.completions import chat_completion
from videobatch.providers.answers.structured import packed, passed
from videobatch.records import Picture

SEED = 15
FALSE = 30
# Of ten true statements one bears a wrong second.
LATE_SHARE = 0.1
MODEL = "gpt-4o-mini"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored answer, and the kind of each false statement by its text; `late` are the texts of
    true ones that bear a wrong second."""

    body: Mapping[str, Any]
    false: Mapping[str, str]
    late: Sequence[str]


class RecordedWriter:
    """Satisfies `ports.Writer`: gives the stored answer, and puts nothing right when it is asked
    again. `asked` counts the calls."""

    name = "openai"
    model = MODEL
    context_tokens = 100_000
    parallel = 1
    picture_tokens: int | None = None

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self.asked = 0

    def complete(
        self,
        system: str,
        user: str,
        *,
        max_tokens: int,
        schema: Mapping[str, Any],
        check: Callable[[Any], Any],
        pictures: Sequence[Picture] = (),
    ) -> Any:
        self.asked += 1
        if "points" not in schema["properties"]:
            return check({"statements": []})
        kept = packed(chat_completion(self._recorded.body))
        return passed(kept, check, model=self.model, max_tokens=max_tokens)


def load_recorded(told: Told, folder: Path = FOLDER) -> Recorded:
    """The stored answer about the talk."""
    return Recorded(**json.loads((folder / f"{told.name}.json").read_text(encoding="utf-8")))


def false_ones(
    rule: Rule, told: Told, talks: tuple[Told, ...], dice: random.Random
) -> list[Stated]:
    """Every false statement that the rule makes of the talk's."""
    made = (rule(stated, told, talks, dice) for stated in told.statements)
    return [each for each in made if each is not None]


def _chosen(talks: tuple[Told, ...], dice: random.Random) -> dict[str, list[tuple[str, Stated]]]:
    """Thirty false statements: two thirds by the rules that were seen, by talk."""
    chosen: dict[str, list[tuple[str, Stated]]] = {told.name: [] for told in talks}
    seen = [kind for kind in SEEN for _ in range(5)]
    kinds = [*seen, *itertools.islice(itertools.cycle(HELD_OUT), FALSE - len(seen))]
    rules = {**SEEN, **HELD_OUT}
    for number, kind in enumerate(kinds):
        told = talks[number % len(talks)]
        taken = {stated.text for _, stated in chosen[told.name]}
        found = [s for s in false_ones(rules[kind], told, talks, dice) if s.text not in taken]
        while not found:
            told = dice.choice(talks)
            found = false_ones(rules[kind], told, talks, dice)
        chosen[told.name].append((kind, dice.choice(found)))
    return chosen


def _answer(told: Told, false: list[tuple[str, Stated]], dice: random.Random) -> dict[str, Any]:
    entries = [
        (replace(s, at_s=0.0), "late") if s.at_s > 120 and dice.random() < LATE_SHARE else (s, "")
        for s in told.statements
    ]
    for kind, stated in false:
        entries.insert(dice.randrange(len(entries) + 1), (_worded(stated, told), kind))
    points = [{"at": int(s.at_s), "quote": s.quote, "text": s.plain} for s, _ in entries]
    return {
        "points": points,
        "false": {s.plain: kind for s, kind in entries if kind not in ("", "late")},
        "late": [s.plain for s, kind in entries if kind == "late"],
    }


def _worded(stated: Stated, told: Told) -> Stated:
    """The statement in a few more words, since one with a false quotation reads like the true one
    that it was made of, and texts are what they are known by."""
    said = "演讲中说：" if told.language == "zh" else "According to the talk: "
    return replace(stated, text=f"{said}{stated.text}")


def record(folder: Path = FOLDER) -> None:
    """Writes every answer anew."""
    talks, dice = load_told(folder), random.Random(SEED)
    chosen = _chosen(talks, dice)
    with tempfile.TemporaryDirectory() as work:
        for told in talks:
            made = _answer(told, chosen[told.name], dice)
            content = {"points": made["points"]}
            with ApiServer(Path(work) / told.name, canned=[{"content": content}]) as server:
                asked = {"model": MODEL, "messages": [{"role": "user", "content": told.title}]}
                with httpx.Client(trust_env=False) as client:
                    body = client.post(f"{server.url}/chat/completions", json=asked).json()
            stored = {"false": made["false"], "late": made["late"], "body": body}
            text = json.dumps(stored, ensure_ascii=False, indent=1)
            (folder / f"{told.name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    record()
