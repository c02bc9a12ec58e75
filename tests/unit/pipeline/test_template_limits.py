"""What a template's body may take: hostile ones are refused when they are loaded, before they
have taken it; usual ones work."""

from __future__ import annotations

import resource
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from videobatch.errors import SettingsError
from videobatch.pipeline.templates import Template, check_params
from videobatch.pipeline.templates.loading import load_template
from videobatch.pipeline.templates.rendering import render_body

HEAD = """\
name: mine
title: My own
description: A template of a user
parameters:
  count: {type: int, default: 3, min: 1, max: 1000000000}
  word: {type: str, default: plants}
sections:
  - {id: points, title: Points, kind: key_points}
  - {id: terms, title: Terms, kind: key_terms}
body: |
"""


def written(folder: Path, body: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(HEAD + textwrap.indent(body, "  ") + "\n")
    return path


def loaded(folder: Path, body: str) -> Template:
    return load_template(written(folder, body))


def peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@pytest.fixture
def modest() -> Iterator[None]:
    """Fails if the process grows by more than a moderate amount of memory."""
    before = peak_bytes()
    yield
    assert peak_bytes() - before < 150 * 2**20


DOUBLED = "{% set a0 = 'xxxxxxxxxxxxxxxx' %}" + "".join(
    f"{{% set a{n + 1} = a{n} OP a{n} %}}" for n in range(40)
)
LAUGHS = "{% set a0 = ['ha', 'ha'] %}" + "".join(
    f"{{% set a{n + 1} = [a{n}, a{n}, a{n}, a{n}, a{n}, a{n}, a{n}, a{n}] %}}" for n in range(12)
)
MACRO = "{% macro f(n) %}CALL{% endmacro %}{{ f(9) }}"

HOSTILE = {
    "ljust": "{{ 'a'.ljust(4000000000) }}",
    "rjust": "{{ 'a'.rjust(width) }}".replace("width", "10 ** 10"),
    "str.center": "{{ 'a'.center(4000000000) }}",
    "zfill": "{{ 'a'.zfill(4000000000) }}",
    "expandtabs": "{{ '\t\t\t'.expandtabs(2000000000) }}",
    "format width": "{{ '{:>4000000000}'.format(1) }}",
    "format width of a field": "{{ '{:{w}}'.format(1, w=4000000000) }}",
    "format precision": "{{ '{:.4000000000f}'.format(1.5) }}",
    "format_map": "{{ '{a:>4000000000}'.format_map({'a': 1}) }}",
    "format filter": "{{ '%4000000000d'|format(1) }}",
    "format filter by star": "{{ '%*d'|format(2000000000, 1) }}",
    "percent": "{{ '%4000000000d' % 1 }}",
    "repeat": "{{ 'a' * 10 ** 9 }}",
    "repeat from the left": "{{ 1000000000 * 'a' }}",
    "repeat a list": "{{ [1] * 1000000000 }}",
    "power": "{{ 9 ** 99999999 }}",
    "tower": "{{ 9 ** 9 ** 9 ** 9 ** 9 }}",
    "products": "{% set n = 2 ** 4000 %}{{ n * n * n * n }}",
    "range": "{{ range(10 ** 9)|list }}",
    "a loop": "{% for a in range(10 ** 9) %}x{% endfor %}",
    "nested loops": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"),
    "nested loops in a text": (
        "{% set t %}{% for a in range(9999) %}{% for b in range(9999) %}{{ title }}{% endfor %}"
        "{% endfor %}{% endset %}{{ t|length }}"),
    "loops over filters": (
        "{% for a in range(99999) %}{% if range(99999)|select('odd')|list %}{% endif %}"
        "{% endfor %}"),
    "a loop's long text": (
        "{% set t = title|center(9999) %}{% for a in range(99999) %}{{ t }}{% endfor %}"),
    "doubled by ~": DOUBLED.replace("OP", "~"),
    "doubled by +": DOUBLED.replace("OP", "+"),
    "a list that holds itself often": LAUGHS + "{{ a12 }}",
    "such a list in a text": LAUGHS + "{{ a12 ~ 'x' }}",
    "such a list as JSON": LAUGHS + "{{ a12|tojson }}",
    "such a list formatted": LAUGHS + "{{ '{!r}'.format(a12) }}",
    "such a list as a string": LAUGHS + "{{ a12|string|length }}",
    "such a list joined": LAUGHS + "{{ a12|join('x') }}",
    "such a list by percent": LAUGHS + "{{ '%s'|format(a12) }}",
    "join": "{{ range(99999)|list|join(title|center(9999)) }}",
    "str.join": "{{ (title|center(9999)).join(range(99999)|map('string')|list) }}",
    "replace": "{{ (title|center(9999)).replace(' ', title|center(9999)) }}",
    "replace filter": "{{ title|center(9999)|replace(' ', title|center(9999)) }}",
    "replace nothing": "{{ (title|center(9999)).replace('', title|center(9999)) }}",
    "center": "{{ 'a'|center(4000000000) }}",
    "indent": "{{ 'a'|indent(4000000000, true) }}",
    "wordwrap": "{{ title|center(9999)|wordwrap(1, true, title|center(9999)) }}",
    "batch": "{{ [1]|batch(1000000000, 0)|list }}",
    "slice": "{{ [1]|slice(1000000000)|list }}",
    "tojson": "{{ [[1]]|tojson(indent=1000000000) }}",
    "round": "{{ 1.5|round(1000000000, 'ceil') }}",
    "sum": "{{ range(9999)|batch(2)|sum(start=[]) }}",
    "a macro that calls itself": MACRO.replace("CALL", "{{ f(n) }}"),
    "twice": MACRO.replace("CALL", "{% if n %}{{ f(n) ~ f(n) }}{% endif %}"),
    "macros that call each other": (
        "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}"),
    "a macro by another name": "{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}",
    "a call that calls itself": (
        "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}"),
    "a recursive loop": "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "lists": "{{ " + "[" * 200 + "]" * 200 + " }}",
    "a long sum": "{{ " + "+".join(["1"] * 5000) + " }}",
    "deep ifs": "{% if 1 %}" * 120 + "x" + "{% endif %}" * 120,
    "deep loops": "{% for a in [1] %}" * 25 + "x" + "{% endfor %}" * 25,
    "too many parts": "{{1}}" * 10_500,
    "a number of 5,000 digits": "{{ " + "9" * 5000 + " }}",
    "include": "{% include 'mine.yaml' %}",
    "import": "{% import 'mine.yaml' as m %}",
    "extends": "{% extends 'mine.yaml' %}",
    "lipsum": "{{ lipsum(n=1000000) }}",
    "cycler": "{{ cycler(1, 2).next() }}",
    "namespace": "{% set n = namespace(a=1) %}",
    "joiner": "{{ joiner(',')() }}",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_when_it_is_loaded(
    tmp_path: Path, modest: None, name: str
) -> None:
    path = written(tmp_path, HOSTILE[name])
    with pytest.raises(SettingsError) as caught:
        load_template(path)
    assert caught.value.message.startswith(f"{path}:")
    assert "docs/reference/templates.md" in caught.value.hint


UNCALLABLE = {
    "a block by its name": "{% block a %}{{ self.a() }}{% endblock %}",
    "encode": "{{ title.encode() }}",
    "translate": "{{ title.translate({84: title}) }}",
    "maketrans": "{{ title.maketrans('a', 'b') }}",
    "a list's own": "{{ [1].append(2) }}",
    "an object's class": "{{ title.__class__ }}",
    "a format's way to it": "{{ '{0.__class__}'.format(title) }}",
    "random": "{{ [1, 2]|random }}",
    "sum of lists": "{{ [[1], [2]]|sum(start=[]) }}",
    "str % tuple": "{{ '%s' % (title,) }}",
}
CONTEXT = {
    "title": "T",
    "duration": "00:10",
    "sections": (),
    "notes": ("one", "two"),
    "params": {"count": 3, "word": "plants"},
    "stamp": lambda seconds: f"{seconds:.0f} s",
}


@pytest.fixture
def plain(tmp_path: Path) -> Template:
    return loaded(tmp_path, "{{ title }}")


@pytest.mark.parametrize("name", UNCALLABLE)
def test_what_cannot_be_called(plain: Template, name: str) -> None:
    with pytest.raises(SettingsError, match="template mine"):
        render_body(plain.model_copy(update={"body": UNCALLABLE[name]}), CONTEXT)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_at_each_rendering(
    plain: Template, modest: None, name: str
) -> None:
    """Whatever its loading found."""
    if name in {"too many parts", "lists", "deep ifs", "deep loops", "a long sum"}:
        return  # They take little, and are refused for their form.
    with pytest.raises(SettingsError, match="template mine"):
        render_body(plain.model_copy(update={"body": HOSTILE[name]}), CONTEXT)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{{ title }}", "T"),
        ("{{ title|upper ~ '!' }}", "T!"),
        ("{{ title.ljust(5) }}|", "T    |"),
        ("{{ '%-5s|' | format(title) }}", "T    |"),
        ("{{ '{:>5}'.format(title) }}", "    T"),
        ("{{ '{a:02d}'.format(a=7) }}", "07"),
        ("{{ '-' * 20 }}", "-" * 20),
        ("{{ 2 ** 10 + 7 % 4 - 3 * 2 }}", "1021"),
        ("{{ ', '.join(notes) }}", "one, two"),
        ("{{ notes|join(' / ')|replace('o', '0') }}", "0ne / tw0"),
        ("{{ notes|map('title')|list|join(' ') }}", "One Two"),
        ("{{ notes|select('equalto', 'one')|first }}", "one"),
        ("{{ range(10)|batch(4, '-')|list|length }}", "3"),
        ("{{ [3, 1, 2]|sort|last }} {{ [1, 2, 3]|sum }}", "3 6"),
        ("{{ [1, 2.5]|tojson }}", "[1, 2.5]"),
        ("{{ 3.14159|round(2) }} {{ 1500000|filesizeformat }}", "3.14 1.5 MB"),
        ("{{ 'a b c d'|wordwrap(3) }}", "a b\nc d"),
        ("{{ 'a\nb'|indent(2) }}", "a\n  b"),
        ("{{ 'a long text of words'|truncate(10) }}", "a long..."),
        ("{{ params.count|default(9) }} {{ params.word.split('a')|length }}", "3 2"),
        ("{% for n in notes %}{{ loop.index }}/{{ loop.length }} {{ n }};{% endfor %}",
         "1/2 one;2/2 two;"),
        ("{% for n in notes %}{{ loop.cycle('a', 'b') }}{% endfor %}", "ab"),
        ("{% for n in notes %}{% if loop.changed(n) %}!{% endif %}{% endfor %}", "!!"),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% else %}none{% endfor %}", "a1"),
        ("{% for n in notes if n != 'one' %}{{ n }}{% endfor %}", "two"),
        ("{% for n in range(2000) %}x{% endfor %}", "x" * 2000),
        ("{% macro item(text, mark='-') %}{{ mark }} {{ text }}{% endmacro %}{{ item('a') }}",
         "- a"),
        ("{% macro a() %}x{% endmacro %}{% macro b() %}[{{ a() }}]{% endmacro %}{{ b() }}", "[x]"),
        ("{% macro box() %}<{{ caller() }}>{% endmacro %}{% call box() %}in{% endcall %}", "<in>"),
        ("{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
         "543210"),
        ("{% set t %}{{ title }}{{ duration }}{% endset %}{{ t|length }}", "6"),
        ("{% filter upper %}abc{% endfilter %}", "ABC"),
        ("{{ stamp(75) }}", "75 s"),
        ("{{ notes is defined and 'one' in notes and title is string }}", "True"),
        ("{% if notes|length > 1 %}many{% else %}few{% endif %}", "many"),
        ("{{ notes[0][:2] }}{{ title.lower().startswith('t') }}", "onTrue"),
        ("{{ dict(a=1).get('b', 2) }}", "2"),
    ],
)  # fmt: skip
def test_what_a_body_usually_does_works(tmp_path: Path, body: str, expected: str) -> None:
    template = loaded(tmp_path, body)
    assert render_body(template, CONTEXT).strip("\n") == expected


def test_the_line_is_told(tmp_path: Path) -> None:
    body = "# {{ title }}\n\n{% for a in range(3) %}\n{{ 'a'.ljust(4000000000) }}\n{% endfor %}\n"
    path = written(tmp_path, body)
    with pytest.raises(SettingsError) as caught:
        load_template(path)
    line = path.read_text().split("\n").index("  {{ 'a'.ljust(4000000000) }}") + 1
    assert caught.value.message.startswith(f"{path}:{line}: body: it asks for a width")


def test_a_long_document_works(plain: Template) -> None:
    """A course of hours: two million characters of text, filtered."""
    text = "A statement of some length that was said.\n" * 50_000
    context = {**CONTEXT, "notes": (text,)}
    body = "{{ notes[0] }}{{ notes[0]|replace('statement', 'sentence')|trim }}"
    made = render_body(plain.model_copy(update={"body": body}), context)
    assert len(made) > 4_000_000


def test_parameters_are_tried_when_they_are_given(tmp_path: Path) -> None:
    template = loaded(tmp_path, "{% for a in range(params.count) %}{{ a }}{% endfor %}")
    assert check_params(template, {"count": "100"})["count"] == 100
    with pytest.raises(SettingsError) as caught:
        check_params(template, {"count": "900000000"})
    assert template.path in caught.value.message
