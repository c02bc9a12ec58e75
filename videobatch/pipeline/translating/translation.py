"""The translation of a video: a line for each of its cues, whatever became of it."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.errors import PermanentError
from videobatch.pipeline.text.markdown import plain, stamp
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.translating.asking import Translated, translate
from videobatch.pipeline.translating.task import Line, Task, is_foreign
from videobatch.pipeline.words.cues.making import Cue
from videobatch.ports import Writer
from videobatch.records import Remark, RemarkCode, TranslatedLine, Translation

# A document in which less is translated is none in that language.
LEAST_SHARE = 0.5


def lines_to_ask(cues: Sequence[Cue], language: str, spoken: str | None) -> tuple[Line, ...]:
    """The cues that are in another language, as lines with their numbers; `spoken` is that of the
    talk."""
    lines = (Line(number, _text(cue)) for number, cue in enumerate(cues, 1))
    return tuple(line for line in lines if is_foreign(line.text, language, spoken))


def translation_of(task: Task, cues: Sequence[Cue]) -> Translation:
    """The translation of the task's lines, which `lines_to_ask` gave of the cues. What the model
    does not give stays as it was said, and is told in a remark. Raises what the writer raises, and
    PermanentError (`untranslated`) where not even half of it is translated. Safe to repeat."""
    found = translate(task)
    _refuse_if_little(task.writer, task.lines, found)
    numbers = {line.number for line in task.lines}
    return Translation(
        language=task.language,
        by=f"{task.writer.name} {task.writer.model}",
        lines=tuple(
            _line(cue, found.texts.get(number), is_asked=number in numbers)
            for number, cue in enumerate(cues, 1)
        ),
        terms=tuple(task.glossary),
        remarks=_remarks(task, cues, found),
    )


def _source(cue: Cue) -> tuple[str, ...]:
    first = cue.lines[0].removeprefix(cue.label).lstrip() if cue.lines else ""
    return tuple(line for line in (first, *cue.lines[1:]) if line)


def _text(cue: Cue) -> str:
    return plain(" ".join(_source(cue)))


def _line(cue: Cue, text: str | None, *, is_asked: bool) -> TranslatedLine:
    return TranslatedLine(
        start_ms=cue.start_ms,
        end_ms=cue.end_ms,
        source=_source(cue),
        text=_text(cue) if text is None else text,
        speaker=cue.speaker,
        label=cue.label,
        is_translated=text is not None or not is_asked,
    )


def _refuse_if_little(writer: Writer, asked: Sequence[Line], found: Translated) -> None:
    if len(found.texts) >= LEAST_SHARE * len(asked):
        return
    why = f": {found.lost[0].message}" if found.lost else ""
    raise PermanentError(
        f"{writer.model} translated {len(found.texts)} of {len(asked)} lines{why}",
        hint="try another model (VIDEOBATCH_API__WRITER), then `videobatch retry`",
        code="untranslated",
    )


def _remarks(task: Task, cues: Sequence[Cue], found: Translated) -> tuple[Remark, ...]:
    lost = [line.number for line in task.lines if line.number not in found.texts]
    told = ((RemarkCode.UNTRANSLATED, lost), (RemarkCode.FIGURES_DIFFER, sorted(found.figures)))
    return tuple(_told(code, task.writer.model, numbers, cues) for code, numbers in told if numbers)


def _told(code: RemarkCode, model: str, numbers: Sequence[int], cues: Sequence[Cue]) -> Remark:
    shown = [stamp(cues[number - 1].start_ms / 1000) for number in numbers[:5]]
    left = len(numbers) - len(shown)
    return remark(
        code,
        lambda say: say.tell(
            code.value, model=model, count=len(numbers), at=say.enumerated(shown, left)
        ),
    )
