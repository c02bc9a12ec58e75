"""A picture of Flower while a batch runs.

    python scripts/picture_flower.py PICTURE.png

Makes the demonstration's videos, submits them to a stack of its own in a folder that is removed at
the end, and has a headless Chromium, which must be on the PATH, take the picture of the page of
tasks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from scripts.picture import failed, shot

LIMIT_S = 120.0
HEIGHT = 620
WIDTH = 1500


def wait_for_flower(url: str) -> None:
    """Until it answers. Raises httpx.TransportError if it never does."""
    until_s = time.monotonic() + LIMIT_S
    while True:
        try:
            httpx.get(f"{url}/healthcheck", timeout=1.0)
            return
        except httpx.TransportError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.2)


def main() -> int:
    """Exit code 1, with what to do, if there is no browser, or it fails."""
    if len(sys.argv) != 2:
        return failed("name the picture to be written")
    picture = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "VIDEOBATCH_HOME": str(folder / "home"),
            "VIDEOBATCH_CONCURRENCY__MAX": "2",
        }

        def videobatch(*arguments: str) -> str:
            argv = [sys.executable, "-m", *arguments]
            done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
            return done.stdout

        try:
            videobatch("cli.demo", "--only-videos", "--folder", str(folder / "lectures"))
            told = json.loads(videobatch("cli.main", "up", "--json"))
            wait_for_flower(told["flower_url"])
            documents = ["--out", str(folder / "documents"), "--detach"]
            videobatch("cli.main", "submit", str(folder / "lectures"), *documents)
            # Until the first video has ended, and the next ones are on their way.
            until_s = time.monotonic() + LIMIT_S
            while time.monotonic() < until_s:
                (batch,) = json.loads(videobatch("cli.main", "status", "--json"))["batches"]
                if batch["counts"].get("done"):
                    break
                time.sleep(0.2)
            password = Path(told["flower_password_file"]).read_text("utf-8").strip()
            parts = urlsplit(told["flower_url"])
            url = parts._replace(netloc=f"videobatch:{password}@{parts.netloc}", path="/tasks")
            shot(url.geturl(), picture, WIDTH, HEIGHT, wait_ms=4000)
        except (OSError, LookupError, httpx.HTTPError, subprocess.SubprocessError) as error:
            return failed(f"the picture could not be taken: {error}")
        finally:
            videobatch("cli.main", "down")
    return 0


if __name__ == "__main__":
    sys.exit(main())
