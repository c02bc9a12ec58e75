"""Who hears and who writes: the engines of this machine, and paid providers.

    catalog     the paid providers: addresses, models, sizes; roles: who is asked, and where
    makers      a provider's clients, by its name
    openai, gemini, offline     a room for each
    calls       one paid call on its way; answers: what models say; hearing: sound to be sent
    prices      what calls cost (prices.toml); tokens: what a text comes to

To add a provider:

1. a room with its clients, which satisfy `ports.Transcriber` and `ports.Writer` and send what they
   send by `calls.transport.Transport`;
2. its line in `PROVIDERS` of `catalog.py`, and in `MAKERS` of `makers.py`;
3. its name in `ProviderName` of config/values.py, its key and its address in `ProviderAccess` of
   config/access.py;
4. the prices of its models in `prices.toml`, and a section of docs/reference/providers.md.

`tests/unit/providers/test_makers.py` tells what is left out. A server that speaks the language of
one that is there needs nothing of this: `VIDEOBATCH_SPEECH__BASE_URL` names it.
"""

from __future__ import annotations

from videobatch.providers.offline.engines import make_transcriber

__all__ = ["make_transcriber"]
