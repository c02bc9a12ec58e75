"""The schema of a template file."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\r\n]*$")]
Scalar = bool | int | float | str


# How many of what a section counts, by the parameter `detail`.
DETAIL = {"brief": 0.5, "normal": 1.0, "deep": 2.0}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Frozen):
    """A value that the user may choose at submit; without one, the default holds."""

    type: Literal["int", "float", "bool", "str"]
    default: Scalar
    help: str = ""
    min: float | None = None
    max: float | None = None
    choices: tuple[Scalar, ...] = ()

    @model_validator(mode="after")
    def _default_is_allowed(self) -> Parameter:
        problem = self.problem(self.default)
        if problem is not None:
            raise ValueError(f"the default {problem}")
        return self

    def problem(self, value: Scalar) -> str | None:
        """The reason why the value is not allowed ("must be ..."), or None if it is."""
        if not _is_of(self.type, value):
            return f"must be {NOUNS[self.type]}, and is {value!r}"
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(map(str, self.choices))}, and is {value!r}"
        if isinstance(value, str):
            too_long = len(value) > 500 or not value.isprintable()
            return "must be one line of at most 500 characters" if too_long else None
        if self.min is not None and value < self.min:
            return f"must be at least {self.min:g}, and is {value:g}"
        if self.max is not None and value > self.max:
            return f"must be at most {self.max:g}, and is {value:g}"
        return None


NOUNS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
}


def _is_of(kind: str, value: Scalar) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "str":
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (kind == "float" and isinstance(value, float))


Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Section(_Frozen):
    """A part of the document: `kind` names its builder (docs/reference/templates.md lists them),
    `options` are handed to it; an option `$name` takes the value of that parameter. `title` is its
    heading, in one language or in each of several."""

    id: Name
    title: Line | Annotated[dict[Language, Line], Field(min_length=1)]
    kind: Name
    options: dict[Name, Scalar] = {}

    def heading(self, language: str = LANGUAGES[0]) -> str:
        """The title in that language, or in the one that it has."""
        if isinstance(self.title, str):
            return self.title
        titles = {str(code): title for code, title in self.title.items()}
        return titles.get(language) or next(iter(titles.values()))


class Limits(_Frozen):
    """`document_chars`: the longest document that the body may make."""

    document_chars: int = Field(8_000_000, ge=1_000, le=50_000_000)


class Template(_Frozen):
    """A checked template. `language` is that of its documents; without one, what is wished for, or
    what is spoken. `pictures` is how many keyframes a language model is shown. With `translate` it
    translates what is said in another language than the document's.
    `content_hash` is the SHA-256 of its file, `path` where it lies."""

    name: Name
    title: Line
    description: Line
    language: Language | None = None
    speech_language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    tags: tuple[Annotated[str, StringConstraints(pattern=r"^[\w/-]{1,50}$")], ...] = ()
    parameters: dict[Name, Parameter] = {}
    sections: tuple[Section, ...] = Field(min_length=1)
    prompt: str = Field("", max_length=20_000)
    pictures: int = Field(0, ge=0, le=50)
    translate: bool = False
    limits: Limits = Limits()
    body: str = Field(min_length=1, max_length=100_000)
    content_hash: str = Field("", exclude=True)
    path: str = Field("", exclude=True)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that its documents can be in: where a heading has no translation, the one
        that it is in, which is English unless the template says another."""
        if self.language is not None:
            return (self.language,)
        titles = [section.title for section in self.sections]
        if any(isinstance(title, str) for title in titles):
            return (LANGUAGES[0],)
        return tuple(code for code in LANGUAGES if all(code in title for title in titles))

    @model_validator(mode="after")
    def _headings_have_a_language_in_common(self) -> Template:
        if not self.languages:
            raise ValueError("the titles of the sections have no language in common")
        return self

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Template:
        ids = [section.id for section in self.sections]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"two sections have the id {', '.join(twice)}")
        return self

    def options_of(
        self, section: Section, params: dict[str, Any], share: float = 1.0
    ) -> dict[str, Scalar]:
        """The section's options, with `$name` replaced by the parameter's value, and of `count`
        that share, as the parameter `detail` has it, where the template has one. Raises KeyError
        with the name of a parameter that there is not."""
        options = {
            key: params[value[1:]] if isinstance(value, str) and value.startswith("$") else value
            for key, value in section.options.items()
        }
        count, times = options.get("count"), share * DETAIL.get(str(params.get("detail")), 1.0)
        if isinstance(count, int) and times != 1.0:
            options["count"] = max(1, round(times * count))
        return options
