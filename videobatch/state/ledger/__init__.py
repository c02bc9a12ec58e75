"""The ledger: which videos there are, who works on them, and what became of them.

Every write that two processes could race is one Lua script (`lua/ledger/`), and every write of a
task checks the claim's fencing token. All of them are safe to repeat, so that a lost answer costs
nothing. docs/background/ledger.md draws the states.
"""

from __future__ import annotations

from videobatch.state.ledger.claims import Claims
from videobatch.state.ledger.feeding import WINDOW_LEAST, Feeding
from videobatch.state.ledger.folders import Folders
from videobatch.state.ledger.leadership import Leadership
from videobatch.state.ledger.leases import Leases
from videobatch.state.ledger.part import LEASE_S, YOUNG_S
from videobatch.state.ledger.steering import Forgotten, Steer, Steered, Steering
from videobatch.state.ledger.submissions import NewVideo, Submissions
from videobatch.state.ledger.upkeep import Swept, Upkeep

__all__ = [
    "LEASE_S",
    "WINDOW_LEAST",
    "YOUNG_S",
    "Claims",
    "Feeding",
    "Folders",
    "Forgotten",
    "Leadership",
    "Leases",
    "Ledger",
    "NewVideo",
    "Steer",
    "Steered",
    "Steering",
    "Submissions",
    "Swept",
    "Upkeep",
]


class Ledger(Submissions, Feeding, Claims, Leases, Upkeep, Steering, Leadership, Folders):
    """The whole ledger: all of its parts as one. A function that needs one part alone asks for
    that, and is given this or the part."""
