"""A picture of a document as a reader sees it.

    python scripts/picture.py PICTURE.png [DOCUMENT.md] [--height 1350]

The document is that of the demonstration where none is named. Its Markdown is rendered with
markdown-it-py (it comes with rich), and a headless Chromium, which must be on the PATH, takes the
picture: the top of the page, fading out at the given height.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt
from PIL import Image

from config.settings import load_settings

DEMO = "demo/documents/*/photosynthesis.mp4/summary_report.md"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 900
LIMIT_S = 60
STYLE = """
body { font: 16px/1.5 'Noto Sans', 'DejaVu Sans', sans-serif; color: #222; background: #fff;
       margin: 2.2em 3.2em; }
body::after { content: ''; position: fixed; inset: auto 0 0 0; height: 4em;
              background: linear-gradient(transparent, #fff); }
h1 { font-size: 1.8em; margin: 0 0 .6em; } h2 { font-size: 1.25em; margin: 1.2em 0 .4em; }
h3 { font-size: 1.05em; margin: 1em 0 .3em; } ul { padding-left: 1.2em; margin: .3em 0; }
blockquote { margin: 0; padding: .1em 1em; border-left: 4px solid #d9a400; background: #fff8e0; }
img { max-width: 62%; border: 1px solid #ccc; border-radius: 4px; margin: .3em 0; }
"""


def main() -> int:
    """Exit code 1, with what to do, if there is no browser or no document, or it fails."""
    parser = argparse.ArgumentParser(description="A picture of a document")
    parser.add_argument("picture", type=Path)
    parser.add_argument("document", type=Path, nargs="?", help="default: the demonstration's")
    parser.add_argument("--height", type=int, default=1350)
    options = parser.parse_args()
    document = options.document or next(iter(load_settings().home.expanduser().glob(DEMO)), None)
    if document is None or not document.is_file():
        return failed("there is no such document; `make demo` makes those of the demonstration")
    try:
        take(document, options.picture.resolve(), options.height)
    except (OSError, subprocess.SubprocessError) as error:
        return failed(f"the picture could not be taken: {error}")
    return 0


def failed(why: str) -> int:
    print(f"error: {why}", file=sys.stderr)
    return 1


def take(document: Path, picture: Path, height: int) -> None:
    """Writes the picture. Raises OSError, and subprocess.SubprocessError if the browser fails."""
    text = document.read_text(encoding="utf-8")
    body = MarkdownIt("commonmark").render(text.split("\n---\n", 1)[-1])
    base = document.resolve().parent.as_uri()
    page = f'<!doctype html><meta charset="utf-8"><base href="{base}/"><style>{STYLE}</style>{body}'
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        shot(file.as_uri(), picture, WIDTH, height)
    # A palette: the repository keeps the picture, and half of its bytes say nothing.
    Image.open(picture).convert("RGB").quantize(256).save(picture, optimize=True)


def shot(url: str, picture: Path, width: int, height: int, wait_ms: int = 0) -> None:
    """A picture of the page, `wait_ms` of its own time after it was loaded. Raises as `take`."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise OSError("no Chromium is on the PATH; on Debian and Ubuntu: apt install chromium")
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # The user's own settings and the network stay out of it.
        switches = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        switches += ["--disable-background-networking", "--no-first-run", "--disable-sync"]
        switches += [f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"]
        switches += [f"--virtual-time-budget={wait_ms}"] if wait_ms else []
        subprocess.run(
            [browser, *switches, f"--screenshot={picture}", url],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S,
        )


if __name__ == "__main__":
    sys.exit(main())
