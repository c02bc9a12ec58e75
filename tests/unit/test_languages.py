"""Languages as files, containers and people spell them."""

from __future__ import annotations

import pytest

from videobatch.languages import bcp47, languages_of, primary


@pytest.mark.parametrize(
    ("spelled", "code"),
    [
        ("eng", "en"),
        ("German", "de"),
        ("chi", "zh"),
        ("zh_hant", "zh-Hant"),
        ("zh-hant-hk", "zh-Hant-HK"),
        ("pt-br", "pt-BR"),
        ("es-419", "es-419"),
        ("繁體中文", "zh-Hant"),
        ("und", None),
        ("", None),
        (None, None),
    ],
)
def test_a_spelling_is_one_code(spelled: str | None, code: str | None) -> None:
    assert bcp47(spelled) == code


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("en", ("en",)),
        ("english", ("en",)),
        ("中英", ("zh", "en")),
        ("chs-eng", ("zh-Hans", "en")),
        ("pt-BR", ("pt-BR",)),
        ("zh_Hant", ("zh-Hant",)),
        ("week", ()),
        ("1080p", ()),
    ],
)
def test_a_word_of_a_file_name_tells_languages_or_none(word: str, found: tuple[str, ...]) -> None:
    assert languages_of(word) == found


@pytest.mark.parametrize(
    ("language", "found"),
    [("en-US", "en"), ("zh-Hant", "zh"), ("cantonese", "zh"), (None, None), ("und", None)],
)
def test_the_primary_language_has_neither_script_nor_region(
    language: str | None, found: str | None
) -> None:
    assert primary(language) == found
