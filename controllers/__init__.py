"""The controller process: one of all leads, decides on slots, and keeps the ledger in order.

    policy     pure decisions: snapshots and states in, decisions and states out
    fleet      the readings of workers, counts over time, the snapshot
    control    the parts of a round of control: slots, the slow loop, starts, alerts
    duties     the duties of the leader, each with its due time
    loop       leads, and runs the duties that are due

Beside them stand the metrics, and what replays and explains decisions. `composition.py` puts the
process together.
"""
