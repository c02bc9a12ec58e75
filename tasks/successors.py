"""The models of a job, with the successors that a person named for those that are gone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from videobatch.providers.catalog import PROVIDERS
from videobatch.records import Claim, GoneModel
from videobatch.state.ledger import Ledger

log = logging.getLogger(__name__)

# Who is named by which settings of a job: its provider, and the model there.
GROUPS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"speech": ("engine", "model"), "writer": ("writer", "writer_model")}
)


def models_of(settings: Mapping[str, Any]) -> tuple[GoneModel, ...]:
    """The models of providers that a job names, each with what it is to do."""
    return tuple(
        GoneModel(group, str(settings[provider]), str(settings[model]))
        for group, (provider, model) in GROUPS.items()
        if settings.get(provider) in PROVIDERS and settings.get(model)
    )


def models_now(ledger: Ledger, claim: Claim) -> tuple[GoneModel, ...]:
    """The models of providers that a video of this job is to ask now: each that it names, or the
    successor that a person has named since. Raises LedgerError."""
    return tuple(
        replace(each, model=ledger.successor(claim.batch_id, each.group, each.model))
        for each in models_of(claim.job.settings)
    )


def with_successors(ledger: Ledger, claim: Claim) -> Claim:
    """The claim, with the models that its batch uses in place of those that are gone. What was made
    of an earlier attempt stays; the document names who made the rest. Raises LedgerError."""
    found: dict[str, str] = {}
    for named, now in zip(models_of(claim.job.settings), models_now(ledger, claim), strict=True):
        if now.model != named.model:
            log.info("%s in place of %s, which is gone", now.model, named.model)
            found[GROUPS[named.group][1]] = now.model
    if not found:
        return claim
    return replace(claim, job=replace(claim.job, settings={**claim.job.settings, **found}))
