"""The successors of models that are gone, named by the settings of who resumes a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cli.shared import console
from cli.shared.books import Books
from config.access import load_access
from config.roles import Group, names
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.providers.defaults import check_price
from videobatch.providers.lifetimes import ending
from videobatch.providers.paid_models import PaidModels, load_models
from videobatch.providers.roles import Role, make_role
from videobatch.records import GoneModel


def name_successors(books: Books, settings: Settings, batch_id: str, today: date) -> None:
    """Has the batch use the models that are set now in place of those that it was paused for, and
    says so. Raises SettingsError where one is still set as it was (each video would meet the same),
    and for a successor that is off itself, or has no price under a spend cap; none is named then.
    """
    batch = books.views.batch(batch_id)
    models = load_models(settings.api.prices)
    gone = [pause.gone_model for pause in (batch.pauses if batch else ()) if pause.gone_model]
    found: list[tuple[GoneModel, str]] = []
    missing: list[GoneModel] = []
    for each in gone:
        role = _role(settings, each, models)
        if role is None or role.model is None or role.model == each.model:
            missing.append(each)
            continue
        _check(models, role, role.model, each, settings, today)
        found.append((each, role.model))
    if missing:
        raise _unnamed(missing)
    for each, successor in found:
        if books.ledger.replace_model(batch_id, each, successor):
            console.say(f"{batch_id}: {successor} in place of {each.model}", err=True)


def _unnamed(missing: Sequence[GoneModel]) -> SettingsError:
    models = " and ".join(dict.fromkeys(each.model for each in missing))
    variables = " and ".join(_variable(each) for each in missing)
    return SettingsError(
        f"no other model is named in place of {models}",
        hint=f"set {variables}, then resume again; where {models} is served again: "
        "`videobatch resume --same-model`",
        code="model_gone",
    )


def _role(settings: Settings, gone: GoneModel, models: PaidModels) -> Role | None:
    """The role at the provider of the model that is gone; None where nobody is asked. A model that
    is set counts also where no provider is (the batch came by `submit --provider`), if it is known
    to be that provider's: else it may be one of this machine."""
    group: Group = "writer" if gone.group == "writer" else "speech"
    told = names(settings, load_access(), group, gone.provider or None).plain()
    named = settings.writer.model if group == "writer" else settings.speech.model
    known = models.model(named) if named else None
    if known is not None and known.provider == gone.provider:
        told["model"] = named
    return make_role(**told)


def _check(
    models: PaidModels, role: Role, model: str, gone: GoneModel, settings: Settings, today: date
) -> None:
    if settings.budget.money_day is not None:
        check_price(models, role.provider, model, "writes" if gone.group == "writer" else "hears")
    found = ending(models, model, today) if role.is_at_the_provider else None
    if found is not None and found.is_over:
        raise SettingsError(
            found.in_words, hint=f"set {role.model_variable} to another", code="model_gone"
        )


def _variable(gone: GoneModel) -> str:
    return f"VIDEOBATCH_{gone.group.upper()}__MODEL"
