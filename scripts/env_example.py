"""Writes .env.example from docs/reference/settings.md: every setting, its default and what it is.

    python scripts/env_example.py [--check]

`--check` writes nothing, and ends with 1 if the file is not what would be written.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / ".env.example"
ROW = re.compile(r"^\| `(VIDEOBATCH_\w+)` \| (.*?) \| (.*?) \| `(.*?)` \|$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
WIDTH = 98
HEAD = """\
# Copy to .env and take the # from what you want to change; docs/reference/settings.md says the
# same with more words. Read by videobatch itself, and by docker compose (docs/how-to/compose.md).
"""
COMPOSE = """\

# docker compose alone. The passwords are not here: `make secrets` writes them into files.

# Who the documents belong to: `id -u` and `id -g`.
#UID=1000
#GID=1000

# The folder that the containers see as /videos, and never change.
#VIDEOS=./videos

# The folder that they see as /documents.
#DOCUMENTS=./documents

# The speech model that the image holds; none leaves it out.
#VIDEOBATCH_SETUP_MODEL=small

# Memory and processors of one worker. With a limit it counts as a host of its own; without one all
# workers of the machine share what there is.
#VIDEOBATCH_WORKER_MEMORY=4g
#VIDEOBATCH_WORKER_CPUS=2

# Memory of the recogniser, which has the models of speech and slides for all workers, once.
#VIDEOBATCH_RECOGNISER_MEMORY=3g

# Memory of Redis: 100,000 videos take some hundred megabytes.
#VIDEOBATCH_REDIS_MEMORY=2g

# Ports on the loopback address.
#VIDEOBATCH_FLOWER_PORT=5555
#VIDEOBATCH_PROMETHEUS_PORT=9090

# Several machines (docs/how-to/fleet.md): where the first one listens, and how the others call it.
#VIDEOBATCH_REDIS_LISTEN=10.0.0.5
#VIDEOBATCH_REDIS_HOST=10.0.0.5

# Keys of paid services: only the workers get to see them. Several of one account with commas.

#OPENAI_API_KEY=
#OPENAI_BASE_URL=
#GEMINI_API_KEY=
#GEMINI_BASE_URL=
"""


def written(settings: str) -> str:
    """The file's text from that of docs/reference/settings.md."""
    parts = [HEAD]
    for name, default, about, example in ROW.findall(settings):
        known = "" if default == "none" else f" Default: {default.replace('`', '')}."
        plain = LINK.sub(r"\1", about).replace("`", "")
        lines = textwrap.wrap(f"{plain[0].upper()}{plain[1:]}.{known}", WIDTH)
        parts.append("\n" + "".join(f"# {line}\n" for line in lines) + f"#{name}={example}\n")
    return "".join(parts) + COMPOSE


def main() -> int:
    """Exit code 0, or 1 where `--check` finds another text."""
    text = written((ROOT / "docs/reference/settings.md").read_text("utf-8"))
    if "--check" in sys.argv[1:]:
        is_same = TARGET.exists() and TARGET.read_text("utf-8") == text
        print("as it should be" if is_same else "not up to date: make env-example")
        return 0 if is_same else 1
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
