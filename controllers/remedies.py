"""The remedy that would let a host run more videos, by what keeps it from them."""

from __future__ import annotations

from collections.abc import Mapping

from controllers.policy.records import Binds

REMEDIES: Mapping[Binds, str] = {
    Binds.CPU: "more cores or machines, or a higher VIDEOBATCH_CPU_TARGET if it is below 1",
    Binds.MEMORY: "more memory, or a higher VIDEOBATCH_MEMORY__LIMIT_MB",
    Binds.API_RATE: "a higher rate at the provider; more videos would only wait for permits",
    Binds.API_IN_FLIGHT: "a provider that takes more calls at once; more videos would only wait",
    Binds.DISK: "a faster disk: most videos wait for it",
    Binds.WORK: "more videos: fewer wait than there are slots",
    Binds.BOUNDS: "a higher VIDEOBATCH_CONCURRENCY__MAX",
    Binds.DATA: "workers that speak again: without readings the number stays",
    Binds.RULE: "another VIDEOBATCH_CONCURRENCY__POLICY",
}
