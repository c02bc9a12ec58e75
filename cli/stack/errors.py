"""The error of the local stack."""

from __future__ import annotations

from videobatch.errors import PermanentError


class StackError(PermanentError):
    """The local stack cannot be started, reached or ended; the hint says what to do."""

    default_code = "stack"
