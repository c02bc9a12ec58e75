"""Formulas in LaTeX: which can be set, and how they are written so that nothing but a formula is
seen in them, in Markdown with and without mathematics."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from videobatch.pipeline.blocks.mathml import mathml
from videobatch.pipeline.text.markdown import plain

# What sets a formula calls itself for what is nested, and knows no bound of its own: half a MiB of
# stack, the least that a thread has, ends at 250 commands in each other.
MOST_CHARS, DEEPEST = 1_000, 20
# A command, an escaped sign, or a sign.
TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|.", re.DOTALL)
ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([a-z]+\*?)\}", re.IGNORECASE)
AROUND = (("$$", "$$"), ("$", "$"), ("\\[", "\\]"), ("\\(", "\\)"))
# Signs that mathematics knows, with others than ASCII's letters and signs beside them.
SIGNS = frozenset("+-=/^_{}()[],.;:!?'|&<>*~ ")
# Escaped signs that are spaces, marks and line ends of mathematics.
ESCAPED = frozenset(",;:!> {}%&|\\#_")
# What other readers of Markdown act upon, each with another way to write it.
OTHERWISE = {
    "<": r"\lt ",
    ">": r"\gt ",
    "*": r"\ast ",
    "|": r"\vert ",
    r"\|": r"\Vert ",
    r"\{": r"\lbrace ",
    r"\}": r"\rbrace ",
    "~": " ",
    "\\ ": r"\; ",
}
# Two signs that act together are parted: spaces say nothing in a formula.
PARTED = re.compile(r"(?<=\[)(?=\[)|(?<=\])(?=[\](:\[])|(?<==)(?==)|(?<=:)(?=/)|(?<=!)(?=\[)")
WWW = re.compile(r"(?i)(www)(?=\.)")
# Between dollars the environments that number their lines are errors in some readers.
SAME = {
    re.compile(r"(\\(?:begin|end))\s*\{(align|gather)\*?\}"): r"\1{\2ed}",
    re.compile(r"\\(?:begin|end)\s*\{equation\*?\}"): "",
}
COLUMNS = re.compile(r"(\\begin\s*\{array\}\s*\{)([^{}]*)\}")


@cache
def _known(what: str) -> frozenset[str]:
    data = yaml.safe_load((Path(__file__).parent / "latex.yaml").read_text(encoding="utf-8"))
    return frozenset(data[what].split())


def formula(latex: str, *, is_display: bool = False) -> str | None:
    """The formula on one line, without the marks around it, written so that it can be put between
    dollars; None for one that cannot be set: braces or environments that do not close, a command
    that is none of mathematics or lacks its arguments, a sign that is none. One that
    `is_display` stands by itself."""
    text = bare(latex)
    if not text or len(text) > MOST_CHARS or not _is_balanced(text):
        return None
    for name, other in SAME.items():
        text = name.sub(other, text)
    text = COLUMNS.sub(lambda found: f"{found[1]}{found[2].replace('|', '')}}}", text)
    parts = TOKEN.findall(text)
    if not all(map(_is_known, parts)):
        return None
    written = "".join(_otherwise(part) for part in parts)
    line = " ".join(WWW.sub(r"\1 ", PARTED.sub(" ", written)).split())
    return line if line and mathml(line, is_display=is_display) is not None else None


def bare(latex: str) -> str:
    """The formula on one line, without what marks it as one."""
    text = plain(latex, 2 * MOST_CHARS)
    for before, behind in AROUND:
        is_long = len(text) >= len(before) + len(behind)
        if is_long and text.startswith(before) and text.endswith(behind):
            return text[len(before) : -len(behind)].strip()
    return text


def _otherwise(part: str) -> str:
    return OTHERWISE.get(part, part)


def _is_known(part: str) -> bool:
    if len(part) > 1:
        name = part[1:]
        return name in _known("commands") if name.isascii() and name.isalpha() else name in ESCAPED
    return not part.isascii() or part.isalnum() or part in SIGNS


def _is_balanced(text: str) -> bool:
    """True where braces, `\\left` and `\\right`, and environments close in their order, no command
    is written `^^`, and `&` stands in environments alone."""
    if "^^" in text or "__" in text:
        return False
    open_: list[str] = []
    at = 0
    while at < len(text):
        environment = ENVIRONMENT.match(text, at)
        part = environment[0] if environment else TOKEN.match(text, at)[0]  # type: ignore[index]
        if not _closes(open_, part, environment):
            return False
        if len(open_) > DEEPEST:
            return False
        at += len(part)
    return not open_


def _closes(open_: list[str], part: str, environment: re.Match[str] | None) -> bool:
    """Keeps what is open; False where something else is closed."""
    if environment:
        name = environment[2]
        if name not in _known("environments"):
            return False
        if environment[1] == "begin":
            open_.append(name)
            return True
        return bool(open_) and open_.pop() == name
    if part in ("\\begin", "\\end"):
        return False
    if part in ("{", "\\left"):
        open_.append(part)
    if part in ("}", "\\right"):
        return bool(open_) and open_.pop() == {"}": "{", "\\right": "\\left"}[part]
    if part == "&":
        return any(each in _known("environments") for each in open_)
    return True
