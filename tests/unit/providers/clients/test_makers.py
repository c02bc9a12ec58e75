"""A provider is whole: wherever providers are listed, it stands."""

from __future__ import annotations

from typing import get_args

import httpx
import pytest
import yaml

from cli.stack.environment import WATCHED_PREFIXES
from cli.stack.programs import PROVIDER_KEYS
from config.access import ProviderAccess
from config.settings import PROJECT_ROOT
from config.values import ProviderName
from tests.unit.providers.paid import Bench
from videobatch.providers.calls.habits import OwnHabits
from videobatch.providers.catalog import PROVIDERS
from videobatch.providers.clients.makers import MAKERS, Model
from videobatch.providers.paid_models import load_models

NAMES = sorted(PROVIDERS)


def test_each_provider_has_a_maker_and_may_be_named() -> None:
    assert sorted(MAKERS) == NAMES
    assert sorted(get_args(ProviderName)) == sorted([*NAMES, "offline"])


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_has_its_settings_its_prices_and_its_section(name: str) -> None:
    provider = PROVIDERS[name]
    assert provider.name == name
    fields = ProviderAccess.model_fields
    assert {provider.key_variable.lower(), provider.url_variable.lower()} <= set(fields)
    assert f"{name}_api_key" in fields
    assert f"{name}_base_url" in fields
    models = load_models()
    assert models.price(provider.speech_model)
    assert models.price(provider.writer_model)
    page = (PROJECT_ROOT / "docs" / "reference" / "providers.md").read_text(encoding="utf-8")
    assert provider.key_variable in page


@pytest.mark.parametrize("name", NAMES)
def test_a_providers_key_is_for_workers_alone_and_known_to_the_stack(name: str) -> None:
    key = PROVIDERS[name].key_variable
    assert key in PROVIDER_KEYS
    assert key.startswith(WATCHED_PREFIXES)
    compose = yaml.safe_load((PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert compose["services"]["controller"]["environment"][key] == ""
    for page in (".env.example", "docs/reference/settings.md"):
        assert key in (PROJECT_ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_makes_its_clients(name: str) -> None:
    provider, bench = PROVIDERS[name], Bench(httpx.Response(200), auth=PROVIDERS[name].auth)
    model = Model(bench.transport, provider.speech_model, load_models(), OwnHabits())
    maker = MAKERS[name]
    hears, writes = maker.transcriber(model, "de"), maker.writer(model, 5000)
    assert (hears.name, hears.model, hears.language) == (name, provider.speech_model, "de")
    assert (writes.name, writes.model, writes.context_tokens) == (name, model.name, 5000)
    assert hears.max_segment_s == provider.segment_s(is_timed=True)
    assert (maker.video_transcriber is not None) == provider.takes_video
    assert bench.requests == []
