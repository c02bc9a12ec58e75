"""Writing by Gemini."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from videobatch.errors import NO_PICTURES, PermanentError, RejectedError
from videobatch.providers.answers.structured import pictures_digest, sendable
from videobatch.providers.calls.habits import is_about_pictures
from videobatch.providers.gemini.model import (
    PICTURE_TOKENS,
    PROVIDER,
    GeminiModel,
    Question,
    inline,
)
from videobatch.records import Picture

T = TypeVar("T")

CONTEXT_TOKENS = 100_000


class GeminiWriter:
    """Satisfies `ports.Writer`; pictures go along with the question."""

    name = PROVIDER
    picture_tokens: int | None = PICTURE_TOKENS

    def __init__(
        self, model: GeminiModel, *, context_tokens: int = CONTEXT_TOKENS, parallel: int = 4
    ) -> None:
        self.model = model.model
        self.context_tokens = context_tokens
        self.parallel = parallel
        self._model = model

    def complete(
        self,
        system: str,
        user: str,
        *,
        max_tokens: int,
        schema: Mapping[str, Any],
        check: Callable[[Any], T],
        pictures: Sequence[Picture] = (),
    ) -> T:
        """The answer, as `check` makes it. Raises as `GeminiModel.answer`. Safe to repeat."""
        question = Question(
            what=f"an answer of {self.model}",
            system=sendable(system),
            text=sendable(user),
            schema=schema,
            max_tokens=max_tokens,
            media=lambda: [inline("image/jpeg", picture.jpeg) for picture in pictures],
            digest=pictures_digest(pictures),
            media_tokens=PICTURE_TOKENS * len(pictures),
        )
        try:
            return self._model.answer(question, check)
        except RejectedError as error:
            if not (pictures and is_about_pictures(error)):
                raise
            raise PermanentError(
                f"{self.model} takes no pictures: {error.message}", code=NO_PICTURES
            ) from error
