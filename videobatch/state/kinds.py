"""Kinds of videos, by which memory needs are estimated and learned."""

from __future__ import annotations

DEFAULT_KIND = "video"
_MIB = 1 << 20
_DIGITS = 2


def need_kind(kind: str, need_bytes: int) -> str:
    """The kind as the ledger keeps it: its name and the need that is thought of until some have
    shown theirs, "NAME@MiB", rounded up to two digits. So there are few of them, whatever the
    estimates: a claim looks at the first pending video of each.
    """
    mib = -(-need_bytes // _MIB)
    step = 10 ** max(0, len(str(mib)) - _DIGITS)
    return f"{kind}@{-(-mib // step) * step}"
