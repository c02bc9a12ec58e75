"""A host whose readings a test sets."""

from __future__ import annotations

from dataclasses import dataclass

from videobatch.records import HostReading

IDLE = HostReading(
    cpu_cores=4.0,
    cpu_fraction=0.0,
    memory_limit_bytes=8 << 30,
    memory_used_bytes=1 << 30,
    disk_read_bytes_per_s=0.0,
    disk_write_bytes_per_s=0.0,
    net_received_bytes_per_s=0.0,
    net_sent_bytes_per_s=0.0,
)


@dataclass
class FakeHost:
    """Answers with `reading`; satisfies `telemetry.host.Host`."""

    reading: HostReading = IDLE

    def read(self) -> HostReading:
        return self.reading
