"""Names for batches and videos: readable, stable, and plain enough for keys, queues and URLs.

An id is a shortened name and hexadecimal digits of a hash: eight for the few batches, twelve for
the many videos of one. It holds only `[a-z0-9._-]`, because Lua substitutes it into messages
and joins it with `/` and `:`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_LONGEST_SLUG = 40


def batch_id(name: str, root_uri: str, out_uri: str) -> str:
    """The id of the batch that turns one folder into documents below another: the same folders,
    the same id. It names the batch's own folder, too."""
    return f"{_slug(name)}-{_digest(root_uri, out_uri)}"


def video_id(source_name: str, template: str) -> str:
    """The id, within its batch, of one document: a relative path and a template."""
    stem = source_name.rpartition("/")[2]
    return f"{_slug(stem)}-{_digest(source_name, template, digits=12)}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-.")[:_LONGEST_SLUG] or "x"


def _digest(*parts: str, digits: int = 8) -> str:
    joined = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(joined).hexdigest()[:digits]
