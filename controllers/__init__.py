"""The controller process: one of all leads, decides on slots, and keeps the ledger in order.

    policy     pure decisions: snapshots and states in, decisions and states out
    fleet      the readings of workers, counts over time, the snapshot
    duties     the duties of the leader, each with its due time
    loop       leads, and runs the duties that are due

Beside them stand the parts that the duties work with: actuation, alerts, tuner, starts; and the
metrics. `composition.py` puts the process together.
"""
