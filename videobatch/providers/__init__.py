"""Hearing and writing by paid providers.

    clients     makes the clients of a provider, by its name
    openai, gemini     a room for each
answers     what models say, read and checked; hearing: sound, and in which parts it is sent
    calls       one paid call on its way (calls/transport.py)
    catalog     the paid providers: addresses, models, sizes; roles: who is asked, and where
    paid_models     what models do, cost and are sent, and how long they are served (models.toml)
    lifetimes   the ends of models; defaults: which model is taken unless another is named
    prices      what calls cost; tokens: what a text comes to

To add a provider:

1. a room with its clients, which satisfy `ports.Transcriber` and `ports.Writer` and send what they
   send by `calls.transport.Transport`; forms of its own for what was used, for limits and for
   refusals are read in `calls/usage.py`, `calls/rate_headers.py` and `calls/rejections.py`;
2. its line in `PROVIDERS` of `catalog.py`, and in `MAKERS` of `clients/makers.py`;
3. its name in `ProviderName` of config/values.py, its key and its address in `ProviderAccess` of
   config/access.py;
4. its models in `models.toml`, and a section of docs/reference/providers.md;
5. its key in `PROVIDER_KEYS` of cli/stack/programs.py and in docker-compose.yml, so that workers
   alone get to see it, its prefix in `WATCHED_PREFIXES` of cli/stack/environment.py, its variables
   in docs/reference/settings.md and scripts/env_example.py;
6. its room in the contract "From a provider's clients to one call" of pyproject.toml.

`tests/unit/providers/clients/test_makers.py` tells what is left out. A server that speaks the
language of one that is there needs nothing of this: `VIDEOBATCH_SPEECH__BASE_URL` names it.
"""
