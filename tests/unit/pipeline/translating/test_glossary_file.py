"""The user's own glossary: read as people save it, or refused with its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from videobatch.errors import SettingsError
from videobatch.pipeline.translating.glossary_file import (
    MOST_BYTES,
    NAME,
    glossary_digest,
    read_glossary,
    to_csv,
)
from videobatch.records import GlossaryTerm

DESCENT = GlossaryTerm("gradient descent", "梯度下降", "沿坡下行")
TEXT = "term,translation,explanation\ngradient descent,梯度下降,沿坡下行。\n\n"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("gb18030"),
        TEXT.replace(",", ";").replace("\n", "\r\n").encode(),
        TEXT.replace(",", "\t").encode(),
        b"Explanation,TERM, translation\n" + "沿坡下行,gradient descent,梯度下降\n".encode(),
    ],
)
def test_it_is_read_as_spreadsheets_save_it(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / NAME).write_bytes(raw)
    assert read_glossary(tmp_path) == (DESCENT,)


def test_none_is_none_and_what_was_written_is_read_again(tmp_path: Path) -> None:
    assert read_glossary(tmp_path) == ()
    assert glossary_digest(tmp_path) == ""
    terms = (DESCENT, GlossaryTerm('a "b", c', "甲"))
    (tmp_path / NAME).write_text(to_csv(terms), encoding="utf-8")
    assert read_glossary(tmp_path) == terms
    digest = glossary_digest(tmp_path)
    assert len(digest) == 16
    (tmp_path / NAME).write_text(to_csv(terms[:1]), encoding="utf-8")
    assert glossary_digest(tmp_path) != digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gradient descent,梯度下降\n", "no columns called term and translation"),
        ("\n\n", "no columns called"),
        ("", "is empty"),
        ("term,term,translation\na,b,c\n", "no columns called"),
        ("term,translation\na,\n", "line 2: the translation is empty"),
        ("term,translation\n,b\n", "line 2: the term is empty"),
        ("term,translation\n--,b\n", "line 2: the term has no letter"),
        ("term,translation\na,b,c\n", "line 2: there are more fields than columns"),
        ("term,translation\nTide,潮\ntide,汐\n", "line 3: 'tide' stands there twice"),
        (f"term,translation\n{'a' * 101},b\n", "line 2: the term is longer than 100"),
        ('term,translation\n"a,b\n', "line"),
        ("term,translation\n" + "".join(f"t{n},x\n" for n in range(2001)), "more than 2000 terms"),
        ("a" * (MOST_BYTES + 1), "is larger than 256 kB"),
    ],
)
def test_one_that_is_not_right_says_where(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"glossary\.csv .*{told}") as caught:
        read_glossary(tmp_path)
    assert "save it as UTF-8" in caught.value.hint
    assert caught.value.code == "glossary"


def test_what_is_no_text_or_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / NAME).write_bytes(os.urandom(200))
    with pytest.raises(SettingsError):
        read_glossary(inside)
    (inside / NAME).unlink()
    (tmp_path / "secret.csv").write_text(TEXT, encoding="utf-8")
    (inside / NAME).symlink_to(tmp_path / "secret.csv")
    with pytest.raises(SettingsError, match="outside the submitted folder"):
        read_glossary(inside)
