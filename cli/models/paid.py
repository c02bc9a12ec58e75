"""The models of paid providers, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from cli.models.schema import PaidModelOut, PaidModelsOut
from videobatch.providers.catalog import PROVIDERS, Provider
from videobatch.providers.defaults import hour_usd
from videobatch.providers.paid_models import PaidModel, PaidModels

HEADS = ("", "provider", "model", "hears", "$/h heard", "$/h written", "off from", "successor")


def listed(models: PaidModels, today: date) -> PaidModelsOut:
    """The models by provider, the cheapest first; those that are off, last."""
    found = [
        _shown(models, provider, name, model, today)
        for name, model in models
        if (provider := PROVIDERS.get(model.provider or "")) is not None
    ]
    return PaidModelsOut(today=today.isoformat(), models=tuple(sorted(found, key=_place)))


def _shown(
    models: PaidModels, provider: Provider, name: str, model: PaidModel, today: date
) -> PaidModelOut:
    until, checked = model.valid_until, model.checked
    defaults = (("hear", provider.speech_model), ("write", provider.writer_model))
    return PaidModelOut(
        provider=provider.name,
        name=name,
        hears=model.hears,
        writes=model.writes,
        hear_hour_usd=hour_usd(models, provider, name, "hears") if model.hears else None,
        write_hour_usd=hour_usd(models, provider, name, "writes") if model.writes else None,
        valid_until=until.isoformat() if until else None,
        is_over=until is not None and until <= today,
        replaced_by=model.replaced_by,
        answered_by=model.answered_by,
        default_for=tuple(does for does, named in defaults if named == name),
        context_tokens=model.context_tokens,
        source=model.source,
        checked=checked.isoformat() if checked else None,
    )


def _place(model: PaidModelOut) -> tuple[str, bool, float, str]:
    costs = [usd for usd in (model.hear_hour_usd, model.write_hour_usd) if usd is not None]
    return model.provider, model.is_over, min(costs, default=float("inf")), model.name


def in_lines(answer: PaidModelsOut) -> Iterator[str]:
    """The table for a person."""
    rows = [HEADS, *(_row(model) for model in answer.models)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    for row in rows:
        yield _aligned(row, widths)


def _row(model: PaidModelOut) -> tuple[str, ...]:
    ends = model.valid_until or "-"
    return (
        "*" if model.default_for else " ",
        model.provider,
        model.name,
        model.hears or "-",
        _usd(model.hear_hour_usd, does=model.hears is not None),
        _usd(model.write_hour_usd, does=model.writes),
        f"{ends} (off)" if model.is_over else ends,
        model.replaced_by or "-",
    )


def _usd(usd: float | None, *, does: bool) -> str:
    if not does:
        return "-"
    return "?" if usd is None else f"{usd:.3f}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column in (4, 5) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
