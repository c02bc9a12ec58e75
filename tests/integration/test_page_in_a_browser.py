"""A document's page in a real browser, opened from the disk: a click on a time moves the player."""

from __future__ import annotations

import base64
import hashlib
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts.picture import BROWSERS
from tests.support.media import Recipe, Scenes, Sound, make_media
from videobatch.paths import to_uri
from videobatch.pipeline.outputs.page import Player, page
from videobatch.pipeline.text.jumps import Jumps, address

SOON_S = 120.0
BROWSER = next((found for name in BROWSERS if (found := shutil.which(name))), None)
# Tells of what the player does by asking for pictures.
WATCH = """
const tell = (what) => { new Image().src = `ORIGIN/${what}`; };
player.addEventListener("error", () => tell("lost"));
player.addEventListener("seeked", () => tell(`seeked?at=${player.currentTime}`));
player.addEventListener("loadedmetadata", () => document.querySelector("main a").click());
"""
# Tells how high a fraction is beside a letter, how wide a column that stands to the right, and what
# acts.
MEASURE = """
const high = (one) => document.querySelector(one).getBoundingClientRect().height;
const side = getComputedStyle(document.querySelector("mtd")).textAlign;
const acting = document.querySelectorAll("main script, main img, main a").length;
const code = document.querySelector("pre code").textContent;
const told = new URLSearchParams({fraction: high("mfrac"), letter: high("mi"), side, acting, code});
new Image().src = `ORIGIN/measured?${told}`;
"""
FORMULAS = r"""
# $x$ and </main><script>new Image().src = "ORIGIN/acted"</script>

$$\frac{1}{2}$$

$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$

$</math><img src=a onerror=alert(1)>$

```python
x = "</code></pre><script>new Image().src = 'ORIGIN/acted'</script>"
```
"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


@contextmanager
def listener() -> Iterator[tuple[str, queue.Queue[str]]]:
    """A server's address, and what it is asked for."""
    asked: queue.Queue[str] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.put(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def watched(html: str, origin: str, script: str = WATCH) -> str:
    """The page with a second script, which its policy lets in beside its own."""
    script = script.replace("ORIGIN", origin)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html = html.replace("script-src ", f"script-src 'sha256-{digest}' ")
    html = html.replace("img-src ", f"img-src {origin} ")
    return html.replace("</body>", f"<script>{script}</script></body>")


@contextmanager
def shown(file: Path, profile: Path) -> Iterator[None]:
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run"]
    switches += ["--disable-background-networking", "--disable-sync", "--disable-dev-shm-usage"]
    browser = subprocess.Popen(
        [str(BROWSER), *switches, f"--user-data-dir={profile}", "--remote-debugging-port=0",
         file.as_uri()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        browser.kill()
        browser.wait()


def written(tmp_path: Path, video: Path, origin: str) -> Path:
    folder = tmp_path / "documents" / "week 1"
    folder.mkdir(parents=True)
    target = address(to_uri(video), to_uri(folder))
    text = f"# Sets\n\n- **{Jumps(target).at(7.4)}** A set holds things.\n"
    player = Player(target, is_sound=False, lost="It is gone.")
    file = folder / "notes.html"
    file.write_text(watched(page(text, "Sets", "en", "videobatch", player), origin), "utf-8")
    return file


def test_a_click_on_a_time_moves_the_player(tmp_path: Path) -> None:
    video = tmp_path / "videos" / "a (1) é#.mp4"
    video.parent.mkdir()
    make_media(video, Recipe(seconds=12.0, scenes=Scenes(fps=5, gop=5), sound=Sound()))
    with listener() as (origin, asked), shown(written(tmp_path, video, origin), tmp_path / "p"):
        found = urlsplit(asked.get(timeout=SOON_S))
    assert found.path == "/seeked"
    assert float(parse_qs(found.query)["at"][0]) == pytest.approx(7.0)


def test_a_video_that_is_gone_is_told(tmp_path: Path) -> None:
    video = tmp_path / "videos" / "gone.mp4"
    with listener() as (origin, asked), shown(written(tmp_path, video, origin), tmp_path / "p"):
        assert asked.get(timeout=SOON_S) == "/lost"


def test_formulas_are_set_and_nothing_of_a_document_acts(tmp_path: Path) -> None:
    file = tmp_path / "notes.html"
    with listener() as (origin, asked):
        text = FORMULAS.replace("ORIGIN", origin)
        html = page(text, "Halves", "en", "videobatch", None)
        file.write_text(watched(html, origin, MEASURE), "utf-8")
        with shown(file, tmp_path / "p"):
            found = urlsplit(asked.get(timeout=SOON_S))
    told = {name: value for name, (value,) in parse_qs(found.query).items()}
    assert found.path == "/measured"
    assert float(told["fraction"]) > 1.3 * float(told["letter"]) > 0
    assert told["side"] == "right"
    assert told["acting"] == "0"
    assert told["code"].startswith('x = "</code></pre><script>')
