"""The reasons for which servers turn calls away, told from status and words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from videobatch.errors import REFUSED, TOO_LARGE, RejectedError
from videobatch.providers.calls.rate_headers import TOO_MANY
from videobatch.providers.calls.replies import Reply

KEY_REFUSED = frozenset({401, 403})
# A 429 that no waiting helps: OpenAI's for an account without money or past its own cap. Others
# have a status of their own for it.
OUT_OF_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
PAY_FIRST = 402
# Words at the beginning tell.
SEARCHED = 2000
# A 400 that is about what was said, not about how it was asked: Azure's and OpenAI's.
CONTENT_REFUSED = frozenset(
    {"content_filter", "content_policy_violation", "responsibleaipolicyviolation"}
)
# Gemini's 403 for an upload that it has thrown away: the key is as good as before.
_UPLOAD_GONE = re.compile(r"permission to access the File|[Ff]ile .{0,60}not exist")
# A request that holds more than a model takes: smaller ones may be sent.
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|too many (?:input )?tokens|(?:prompt|input|request|message|"
    r"audio|file)s? (?:is |are |size |duration )*too (?:long|large)|longer than|"
    r"exceed\w* [^.]*(?:tokens|duration|seconds|length|size)",
    re.IGNORECASE,
)
# A model that is not served (any more), in the words of OpenAI, Groq, Google, NVIDIA, Ollama, vLLM.
_MODEL_GONE = frozenset({"model_not_found", "model_decommissioned", "model_deprecated"})
_SAYS_GONE = re.compile(
    # What "has been removed" may be a parameter, too: only a name stands between.
    r"\bmodel:?\s+(?:\S{1,120}\s+)?"
    r"has been (?:deprecated|retired|removed|shut ?down|decommissioned)|"
    r"\bmodel\b[^!?\n]{0,120}?(?:does not exist|is no longer available|"
    r"has reached its end of life|not found, try pulling)|"
    r"\bmodels/\S+ is not found for API version",
    re.IGNORECASE,
)
WORDS = {
    404: "the server has no such model or address",
    413: "the request is too large for the server",
}


def is_key_refused(reply: Reply) -> bool:
    """True for 401, 403, and Gemini's 400 for a key that is none."""
    if reply.status in KEY_REFUSED:
        return True
    details = _member(_member(reply.body, "error"), "details")
    found = details if reply.status == 400 and isinstance(details, list) else []
    return any(_member(detail, "reason") == "API_KEY_INVALID" for detail in found)


def is_out_of_money(reply: Reply) -> bool:
    """True where the account has no credit left, or is at its own cap."""
    names = reply.trouble.names if reply.trouble else frozenset()
    return reply.status == PAY_FIRST or (reply.status == TOO_MANY and bool(names & OUT_OF_MONEY))


def is_upload_gone(reply: Reply) -> bool:
    """True where what the call was about is not at the provider any more."""
    return _UPLOAD_GONE.search(reply.said) is not None


def is_model_gone(reply: Reply) -> bool:
    """True where the server says that it does not serve the model."""
    if reply.status not in (400, 404, 410):
        return False
    names = reply.trouble.names if reply.trouble else frozenset()
    if reply.trouble and reply.trouble.parameter not in ("", "model"):
        return False
    return bool(names & _MODEL_GONE) or _SAYS_GONE.search(reply.said[:SEARCHED]) is not None


def rejection_code(reply: Reply) -> str:
    """The code of the error: what is said is refused, there is too much of it, or another."""
    if reply.trouble and reply.trouble.names & CONTENT_REFUSED:
        return REFUSED
    is_too_long = reply.status in (400, 422) and _TOO_LONG.search(reply.said) is not None
    return TOO_LARGE if reply.status == 413 or is_too_long else RejectedError.default_code


def in_words(reply: Reply) -> str:
    """The rejection in a few words, for a person."""
    return WORDS.get(reply.status, "the server rejects the request")


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None
