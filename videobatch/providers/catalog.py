"""The paid providers: their addresses, their models unless others are named, the sizes of what they
are sent. The command line reads it, so it loads next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Of some models no time stamps can be had, so their segments are short; whisper decodes long ones
# best.
MAX_SEGMENT_S, UNTIMED_SEGMENT_S = 600.0, 60.0
# Reserved for a model that is paid by tokens, and settled by what it says. Rather too much:
# servers count 10 to 17 tokens for a second of sound, and nobody speaks ten tokens in one.
AUDIO_TOKENS_PER_S, SPOKEN_TOKENS_PER_S = 17, 10
# https://ai.google.dev/gemini-api/docs/rate-limits: quotas of a day end at midnight Pacific time.
PACIFIC = "America/Los_Angeles"
GEMINI_SEGMENT_S = 300.0
# The day of the spend cap, which all providers share, unless a user's zone is set.
MONEY_ZONE = "UTC"
# https://ai.google.dev/gemini-api/docs/tokens; answers bear the times of each sentence.
GEMINI_AUDIO_TOKENS_PER_S, GEMINI_SPOKEN_TOKENS_PER_S = 32, 20
# The task and the form of the answer, in words beside each segment.
GEMINI_QUESTION_TOKENS = 250
# https://ai.google.dev/gemini-api/docs/video-understanding: a second at low resolution is about
# 100 tokens, 32 of them sound.
GEMINI_PICTURE_TOKENS_PER_S = 68


def bearer(secret: str) -> Mapping[str, str]:
    """The key as OpenAI wants it."""
    return {"Authorization": f"Bearer {secret}"}


def google_key(secret: str) -> Mapping[str, str]:
    """The key as Google wants it."""
    return {"x-goog-api-key": secret}


@dataclass(frozen=True, slots=True)
class Provider:
    """A paid provider.

    `auth` makes the headers that carry a key; `models_path` lists the models of a server.
    `key_variable` and `url_variable` are what users set; the models are those of its own server, as
    `defaults.py` chooses them (a test holds that); its day begins at midnight in `day_zone`. A
    second of sound is `audio_tokens_per_s`, its transcript at most `spoken_tokens_per_s`, and the
    pictures of a whole video `picture_tokens_per_s` (None: it takes none); `question_tokens` of
    text go beside each segment (0: sound alone is priced). Segments are at most
    `max_segment_s`, and `untimed_segment_s` where the model tells no times.
    """

    name: str
    base_url: str
    auth: Callable[[str], Mapping[str, str]]
    models_path: str
    key_variable: str
    url_variable: str
    speech_model: str
    writer_model: str
    day_zone: str
    audio_tokens_per_s: int
    spoken_tokens_per_s: int
    max_segment_s: float
    untimed_segment_s: float | None = None
    picture_tokens_per_s: int | None = None
    question_tokens: int = 0

    @property
    def takes_video(self) -> bool:
        """True for one that hears whole videos, with their pictures."""
        return self.picture_tokens_per_s is not None

    def segment_s(self, *, is_timed: bool) -> float:
        """The longest segment of sound that a call carries, to a model that tells times or not."""
        return self.max_segment_s if is_timed else self.untimed_segment_s or self.max_segment_s


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "openai": Provider(
            name="openai",
            base_url="https://api.openai.com/v1",
            auth=bearer,
            models_path="models",
            key_variable="OPENAI_API_KEY",
            url_variable="OPENAI_BASE_URL",
            speech_model="whisper-1",
            writer_model="gpt-6-luna",
            day_zone="UTC",
            audio_tokens_per_s=AUDIO_TOKENS_PER_S,
            spoken_tokens_per_s=SPOKEN_TOKENS_PER_S,
            max_segment_s=MAX_SEGMENT_S,
            untimed_segment_s=UNTIMED_SEGMENT_S,
        ),
        "gemini": Provider(
            name="gemini",
            base_url="https://generativelanguage.googleapis.com",
            auth=google_key,
            models_path="v1beta/models?pageSize=1000",
            key_variable="GEMINI_API_KEY",
            url_variable="GEMINI_BASE_URL",
            speech_model="gemini-3.5-flash-lite",
            writer_model="gemini-3.5-flash-lite",
            day_zone=PACIFIC,
            audio_tokens_per_s=GEMINI_AUDIO_TOKENS_PER_S,
            spoken_tokens_per_s=GEMINI_SPOKEN_TOKENS_PER_S,
            max_segment_s=GEMINI_SEGMENT_S,
            picture_tokens_per_s=GEMINI_PICTURE_TOKENS_PER_S,
            question_tokens=GEMINI_QUESTION_TOKENS,
        ),
    }
)
