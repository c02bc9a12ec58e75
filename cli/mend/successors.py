"""The successors of models that are gone, named by the settings of who resumes a batch."""

from __future__ import annotations

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
    says so. One that is still set as it was is told: the batch will pause again. Raises
    SettingsError for a successor that is off itself, or has no price under a spend cap."""
    batch = books.views.batch(batch_id)
    models = load_models(settings.api.prices)
    for pause in batch.pauses if batch else ():
        gone = pause.gone_model
        if gone is None:
            continue
        role = _role(settings, gone, models)
        if role is None or role.model is None or role.model == gone.model:
            console.complain(
                f"{gone.model} is not served, and no other model is named",
                f"set {_variable(gone)}, then resume again; until then the batch pauses again",
            )
            continue
        _check(models, role, role.model, gone, settings, today)
        if books.ledger.replace_model(batch_id, gone, role.model):
            console.say(f"{batch_id}: {role.model} in place of {gone.model}", err=True)


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
