"""`python -m tests.support.api_server --config FILE.json`: serves until it is ended."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from tests.support.api_server.options import Options
from tests.support.api_server.service import Service


async def _serve(options: Options) -> None:
    await Service(options).run()


def main() -> None:
    parser = argparse.ArgumentParser(description="A test API with limits that counts for itself.")
    parser.add_argument("--config", type=Path, required=True, help="options as JSON")
    path = parser.parse_args().config
    asyncio.run(_serve(Options.model_validate_json(path.read_bytes())))


if __name__ == "__main__":
    main()
