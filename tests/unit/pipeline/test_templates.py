"""Templates: the built-in ones load, broken ones are refused with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from videobatch.errors import SettingsError
from videobatch.pipeline.sections.kinds import KINDS
from videobatch.pipeline.templates import (
    Template,
    check_language,
    check_params,
    find_named,
    load_templates,
)
from videobatch.pipeline.templates.loading import load_template
from videobatch.pipeline.templates.rendering import render_body

GOOD = """\
name: mine
title: My own
description: A template of a user
parameters:
  count: {type: int, default: 3, min: 1, max: 9, help: how many}
  tone: {type: str, default: dry, choices: [dry, warm]}
  ratio: {type: float, default: 0.5, min: 0, max: 1}
  full: {type: bool, default: false}
sections:
  - {id: points, title: Points, kind: key_points, options: {count: $count}}
body: |
  # {{ title }}
  {% for part in sections %}
  ## {{ part.title }}
  {% endfor %}
"""


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def mine(tmp_path: Path) -> Template:
    write(tmp_path, GOOD)
    return load_templates([tmp_path])["mine"]


def test_the_built_in_templates() -> None:
    found = load_templates()
    assert set(found) == {
        "summary_report",
        "chinese_transcript",
        "comprehensive_lesson",
        "flash_cards",
    }
    assert found["chinese_transcript"].speech_language == "zh"
    assert len({t.content_hash for t in found.values()}) == 4
    for template in found.values():
        assert template.prompt
        assert all(parameter.help for parameter in template.parameters.values())


def test_a_template_by_its_name(mine: Template, tmp_path: Path) -> None:
    found = load_templates()
    assert {name: find_named(name) for name in found} == dict(found)
    assert find_named("mine") is None
    assert find_named("../templates/summary_report") is None
    assert find_named("mine", [tmp_path]) == mine
    assert find_named("summary_report", [tmp_path]) == found["summary_report"]


def test_a_users_template_stands_beside_them(mine: Template, tmp_path: Path) -> None:
    assert mine.title == "My own"
    assert mine.path == str(tmp_path / "mine.yaml")
    before = mine.content_hash
    write(tmp_path, GOOD.replace("My own", "Other"))
    assert load_templates([tmp_path])["mine"].content_hash != before


def test_a_name_belongs_to_one_file(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("name: mine", "name: summary_report"))
    with pytest.raises(SettingsError, match=r"summary_report is taken by .*summary_report\.yaml"):
        load_templates([tmp_path])


def test_the_guide_shows_a_template_that_works_and_every_kind(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "reference" / "templates.md").read_text(
        encoding="utf-8"
    )
    write(tmp_path, guide.split("```yaml\n")[1].split("```")[0])
    assert load_templates([tmp_path])["points_and_pictures"].language == "en"
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", guide.split("## Kinds")[1], re.MULTILINE)
    documented = {kind: re.findall(r"`(\w+):", options) for kind, options in rows}
    assert documented == {name: list(kind.options) for name, kind in KINDS.items()}


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no template folder"):
        load_templates([tmp_path / "none"])


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("name: mine", "name: My Name", 1, "name: String should match"),
        ("title: My own", "titel: My own", 1, "title: Field required"),
        ("description: A template of a user", "description: [a", 4, "is not YAML"),
        ("default: 3", "default: 30", 5, "must be at most 9, and is 30"),
        ("default: dry", "default: wet", 6, "must be one of dry, warm"),
        ("type: float", "type: decimal", 7, "parameters.ratio.type"),
        ("default: false", "default: 0", 8, "must be true or false"),
        ("kind: key_points", "kind: poem", 10, "there is no kind 'poem'; there are: facts"),
        ("$count", "$counts", 10, "section points: there is no parameter 'counts'"),
        ("{count: $count}", "{size: 3}", 10, "there is no option 'size'; there are: count"),
        ("{count: $count}", "{count: many}", 10, "option count must be like 8"),
        ("{{ title }}", "{{ title }", 12, "body: unexpected '}'"),
        ("{{ title }}", "{{ titel }}", 12, "body: there is no 'titel'; there are: duration"),
        ("{{ title }}", "{{ params.tine }}", 12, "body: there is no parameter 'tine'"),
        ("{{ title }}", "{{ section.pints.text }}", 12, "body: there is no section 'pints'"),
        ("{{ title }}", "{% include '/etc/passwd' %}", 12, "body: include, import and extends"),
        ("{{ title }}", "{% import 'x' as y %}", 12, "body: include, import and extends"),
        ("## {{ part.title }}", "## {% nonsense %}", 14, "unknown tag 'nonsense'"),
        ("{{ title }}", "{{ title | shout }}", 12, "No filter named 'shout'"),
    ],
)
def test_a_broken_template_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SettingsError) as caught:
        load_templates([tmp_path])
    assert f"{path}:{line}: " in caught.value.message
    assert says in caught.value.message


@pytest.mark.parametrize(
    "content",
    [b"", b"- a list", b"\xff\xfe\x00", b"a: &x [*x]", b"!!python/object:os.system {}", b"\x00"],
)
def test_what_is_no_template_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.yml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"bad\.yml:\d+: "):
        load_template(path)


def test_a_huge_file_is_not_parsed(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "#" * 600_000)
    with pytest.raises(SettingsError, match="longer than"):
        load_template(path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"count": 3, "tone": "dry", "ratio": 0.5, "full": False}),
        (
            {"count": " 9 ", "tone": "warm", "ratio": "1", "full": "Yes"},
            {"count": 9, "tone": "warm", "ratio": 1.0, "full": True},
        ),
    ],
)
def test_parameters(mine: Template, given: dict[str, str], expected: dict[str, object]) -> None:
    assert check_params(mine, given) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"cuont": "3"}, "has no parameter 'cuont'"),
        ({"count": "three"}, "parameter count must be a whole number, and is 'three'"),
        ({"count": "3.5"}, "parameter count must be a whole number"),
        ({"count": "0"}, "parameter count must be at least 1, and is 0"),
        ({"count": "10"}, "parameter count must be at most 9"),
        ({"count": "9" * 5000}, "parameter count must be a whole number"),
        ({"tone": "loud"}, "parameter tone must be one of dry, warm, and is 'loud'"),
        ({"ratio": "nan"}, "parameter ratio must be a number"),
        ({"ratio": "inf"}, "parameter ratio must be a number"),
        ({"full": "maybe"}, "parameter full must be true or false"),
    ],
)
def test_a_wrong_parameter_names_file_and_what_is_allowed(
    mine: Template, given: dict[str, str], says: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        check_params(mine, given)
    assert says in caught.value.message
    assert mine.path in caught.value.message


CONTEXT = {"title": "T", "sections": (), "section": {}, "params": {}, "notes": (), "stamp": str}


@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ notes.append(1) }}",
        "{{ title.__init__.__globals__ }}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 2 ** 99999999 }}",
        "{% for a in range(99999999) %}x{% endfor %}",
        "{% for a in range(99999) %}{{ title }}xxxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ title.nothing }}",
        "{{ title() }}",
    ],
)
def test_a_body_is_kept_in_its_sandbox(mine: Template, body: str) -> None:
    limits = mine.limits.model_copy(update={"document_chars": 10_000})
    hostile = mine.model_copy(update={"body": body, "limits": limits})
    with pytest.raises(SettingsError, match="template mine"):
        render_body(hostile, CONTEXT)


def test_language() -> None:
    found = load_templates()
    check_language(found["summary_report"], {"en"})
    check_language(found["chinese_transcript"], {"zh", "en"})
    check_language(found["chinese_transcript"], set())
    with pytest.raises(SettingsError, match=r"needs Chinese speech.*only English") as caught:
        check_language(found["chinese_transcript"], {"en"})
    assert "videobatch models get small" in caught.value.hint
    assert "VIDEOBATCH_SPEECH__LANGUAGE=zh" in caught.value.hint
    assert "subtitles" in caught.value.hint
