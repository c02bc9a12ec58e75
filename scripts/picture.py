"""A picture of a document as a reader sees it.

    python scripts/picture.py DOCUMENT.md PICTURE.png [--height 1100]

Renders the Markdown with markdown-it-py (it comes with rich) and lets a headless Chromium, which
must be on the PATH, take the picture.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 900
STYLE = """
body { font: 16px/1.5 'Noto Sans', 'DejaVu Sans', sans-serif; color: #222; background: #fff;
       margin: 2.2em 3.2em; }
h1 { font-size: 1.8em; margin: 0 0 .6em; } h2 { font-size: 1.25em; margin: 1.2em 0 .4em; }
h3 { font-size: 1.05em; margin: 1em 0 .3em; } ul { padding-left: 1.2em; margin: .3em 0; }
blockquote { margin: 0; padding: .5em 1em; border-left: 4px solid #d9a400; background: #fff8e0; }
img { max-width: 62%; border: 1px solid #ccc; border-radius: 4px; margin: .3em 0; }
"""


def main() -> int:
    """Exit code 1 if there is no browser."""
    parser = argparse.ArgumentParser(description="A picture of a document")
    parser.add_argument("document", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--height", type=int, default=1100)
    options = parser.parse_args()
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("No Chromium is on the PATH; on Debian and Ubuntu: apt install chromium")
        return 1
    take(browser, options.document, options.picture.resolve(), options.height)
    return 0


def take(browser: str, document: Path, picture: Path, height: int) -> None:
    """Writes the picture. Raises subprocess.CalledProcessError if the browser fails."""
    text = document.read_text(encoding="utf-8")
    body = MarkdownIt("commonmark").render(text.split("\n---\n", 1)[-1])
    base = document.resolve().parent.as_uri()
    page = f'<!doctype html><meta charset="utf-8"><base href="{base}/"><style>{STYLE}</style>{body}'
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        # The user's own settings and the network stay out of it.
        switches = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        switches += ["--disable-background-networking", "--no-first-run", "--disable-sync"]
        switches += [f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{height}"]
        subprocess.run(
            [browser, *switches, f"--screenshot={picture}", file.as_uri()],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )


if __name__ == "__main__":
    sys.exit(main())
