"""Code: what a fence may name, and what a parser says."""

from __future__ import annotations

import pytest

from videobatch.pipeline.blocks.code import Parsed, language_of, parsed


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Python", "python"),
        (" py ", "python"),
        ("C++", "cpp"),
        ("c#", "csharp"),
        ("shell", "bash"),
        ("mermaid", ""),
        ("dataviewjs", ""),
        ("math", ""),
        ("python\n# x", ""),
        ("", ""),
    ],
)
def test_a_fence_names_known_languages_alone(name: str, known: str) -> None:
    assert language_of(name) == known


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("python", "def f(x):\n    return x", Parsed.SOUND),
        ("python", 'print("\\d")', Parsed.SOUND),
        ("python", "def f(x)\n    return x", Parsed.BROKEN),
        ("python", "x = \x00", Parsed.BROKEN),
        ("python", "(" * 1_000, Parsed.BROKEN),
        ("json", '{"a": [1]}', Parsed.SOUND),
        ("json", "{a: 1}", Parsed.BROKEN),
        ("toml", "a = 1", Parsed.SOUND),
        ("toml", "a = ", Parsed.BROKEN),
        ("yaml", "a: [1, 2]", Parsed.SOUND),
        ("yaml", "a: &b [*b, *b]", Parsed.SOUND),
        ("yaml", "a: [1", Parsed.BROKEN),
        ("java", "int x = 1;", Parsed.UNCHECKED),
        ("", "x", Parsed.UNCHECKED),
    ],
)
def test_a_parser_decides_where_there_is_one(language: str, text: str, found: Parsed) -> None:
    assert parsed(text, language) is found


@pytest.mark.parametrize(
    "text", ["-" * 7_999 + "1", "not " * 1_999 + "x", "[" * 4_000 + "]" * 4_000]
)
@pytest.mark.parametrize("language", ["python", "json", "yaml", "toml"])
def test_deep_text_ends_no_process(language: str, text: str) -> None:
    assert parsed(text, language) in (Parsed.SOUND, Parsed.BROKEN)
