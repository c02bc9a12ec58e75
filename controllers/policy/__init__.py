"""Pure decisions: records in, records out."""

from __future__ import annotations

from controllers.policy.deciding import POLICIES, decide

__all__ = ["POLICIES", "decide"]
