"""A Jinja environment in which a body can neither reach nor take more than it may.

Jinja's own sandbox keeps a body from attributes and functions that lead out. What is added here
bounds what rendering allocates and how long it takes: only methods and filters of these lists
can be called, what could make much of little is reckoned before it is done, and loops, calls and
texts are counted (`budget.py`). Nothing is folded while the body is compiled, because that would
be reckoned by nobody.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter

from videobatch.pipeline.templates.budget import CountedLoop, OverBudgetError, RenderBudget
from videobatch.pipeline.templates.filters import (
    FILTERS,
    MOST_INDENT,
    MOST_WIDTH,
    check_filter,
    check_numbers,
    joined_chars,
    replaced_chars,
)

MOST_REPEATS = 1_000
MOST_BITS = 4_096
MOST_RANGE = 100_000
MOST_DEPTH = 30

_PLAIN = (
    "capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit "
    "isidentifier islower isnumeric isprintable isspace istitle isupper lower lstrip partition "
    "removeprefix removesuffix rfind rindex rpartition rsplit rstrip split splitlines startswith "
    "strip swapcase title upper"
)
_TEXT = frozenset(_PLAIN.split())
_WIDE = frozenset({"center", "expandtabs", "ljust", "rjust", "zfill"})
_METHODS: Mapping[type, frozenset[str]] = {
    str: _TEXT | _WIDE | {"join", "replace"},
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
    dict: frozenset({"get", "items", "keys", "values"}),
    float: frozenset({"is_integer"}),
    LoopContext: frozenset({"changed", "cycle"}),
}
# The filter that counts the passes of a loop; a body cannot write this name.
_COUNTED = " counted"


class _Generator(CodeGenerator):
    """Writes `a ~ b` as a call that is reckoned."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.chained((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class Sandbox(ImmutableSandboxedEnvironment):
    """For one rendering, which may take the budget and call `functions` beside what Jinja has."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, budget: RenderBudget, functions: Sequence[Any] = ()) -> None:
        # Documents are Markdown, so HTML escaping would spoil them; texts arrive escaped.
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            optimized=False,
            finalize=self._shown,
        )
        self._budget = budget
        self._depth = 0
        self.globals = {"range": _bounded_range, "dict": dict}
        self._functions = (*functions, *self.globals.values())
        self.filters = {name: self._guarded(name, self.filters[name]) for name in FILTERS}
        self.filters[_COUNTED] = self._counted

    # What is made of texts.

    def concat(self, parts: Sequence[str]) -> str:  # type: ignore[override]
        """Joins what a macro or a block has written."""
        self._budget.hold(sum(map(len, parts)))
        return "".join(parts)

    def chained(self, parts: Sequence[Any]) -> str:
        """The value of `a ~ b`."""
        self._budget.hold(sum(map(self._budget.size_of, parts)))
        return "".join(map(str, parts))

    def _shown(self, value: Any) -> Any:
        self._budget.hold(self._budget.size_of(value))
        return value

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, int | float) and isinstance(right, int | float):
            self._check_numbers(operator, left, right)
        elif operator == "+":
            self._budget.hold(self._budget.size_of(left) + self._budget.size_of(right))
        elif operator == "*":
            text, count = (right, left) if isinstance(left, int) else (left, right)
            if not isinstance(text, str) or not isinstance(count, int):
                raise SecurityError("the operator * is for numbers, and to repeat a text")
            if len(text) * count > MOST_REPEATS:
                raise OverBudgetError(f"it repeats a text to more than {MOST_REPEATS} characters")
        else:
            raise SecurityError(f"the operator {operator} is only for numbers")
        return super().call_binop(context, operator, left, right)

    @staticmethod
    def _check_numbers(operator: str, left: float, right: float) -> None:
        if not isinstance(left, int) or not isinstance(right, int):
            return
        if operator == "*":
            bits = left.bit_length() + right.bit_length()
        elif operator == "**":
            bits = left.bit_length() * max(right, 0)
        else:
            bits = max(left.bit_length(), right.bit_length())
        if bits > MOST_BITS:
            raise OverBudgetError("it reckons with a number of more than 1,200 digits")

    # What is called.

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        # The names are Jinja's: a body may name an argument as it likes.
        __self._budget.step()
        if isinstance(__obj, Macro):
            return __self._in_depth(__context, __obj, args, kwargs)
        if isinstance(__obj, _Format):
            return __obj(*args, **kwargs)
        if not isinstance(__obj, Undefined):
            __self._check_call(__obj, args, kwargs)
        return __self._taken(super().call(__context, __obj, *args, **kwargs))

    def _in_depth(
        self, context: Any, macro: Macro, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if self._depth >= MOST_DEPTH:
            raise OverBudgetError(f"its macros call each other more than {MOST_DEPTH} deep")
        self._depth += 1
        try:
            return super().call(context, macro, *args, **kwargs)
        finally:
            self._depth -= 1

    def _check_call(self, called: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if any(called is each for each in self._functions):
            return
        owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
        kind = next((kind for kind in _METHODS if isinstance(owner, kind)), None)
        if kind is None or name not in _METHODS[kind]:
            raise SecurityError(f"{name or type(called).__name__} cannot be called here")
        if isinstance(owner, str):
            self._budget.step(len(owner) // 1000)
            self._check_text(owner, name, (*args, *kwargs.values()))

    def _check_text(self, text: str, name: str, args: tuple[Any, ...]) -> None:
        if name in _WIDE:
            check_numbers(args, MOST_INDENT if name == "expandtabs" else MOST_WIDTH)
            self._budget.hold(len(text) * (MOST_INDENT if name == "expandtabs" else 1) + MOST_WIDTH)
        elif name == "join" and args:
            self._budget.hold(joined_chars(self._budget, args[0], text))
        elif name == "replace":
            self._budget.hold(replaced_chars(text, *args[:2]))

    def wrap_str_format(self, value: Any) -> Any:
        """`str.format` with bounded widths."""
        if super().wrap_str_format(value) is None:
            return None
        return _Format(self, self._budget, value.__self__, value.__name__)

    def _taken(self, result: Any) -> Any:
        """The result, counted: texts by length, lists by element, generators as they run."""
        if isinstance(result, str):
            self._budget.hold(len(result))
        elif isinstance(result, list | tuple | dict | set | range):
            self._budget.step(len(result))
        elif isinstance(result, Iterator):
            return self._counted(result)
        return result

    # Filters.

    def _counted(self, found: Any) -> Any:
        return CountedLoop(found, self._budget)

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        place = 1 if hasattr(function, "jinja_pass_arg") else 0

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            before, value, given = args[:place], args[place], args[place + 1 :]
            if isinstance(value, list | tuple | Iterator | CountedLoop | range):
                # Each element is a step, also of what passes over most of them.
                value = list(self._counted(value))
            check_filter(self._budget, name, value, (*given, *kwargs.values()))
            return self._taken(function(*before, value, *given, **kwargs))

        return guarded

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
        tree.set_environment(self)
        return tree


def _bounded_range(*args: int) -> range:
    found = range(*args)
    if found[MOST_RANGE:]:
        raise OverBudgetError(f"it counts further than {MOST_RANGE}")
    return found


class _Format:
    """A text's `format` or `format_map`."""

    def __init__(self, sandbox: Sandbox, budget: RenderBudget, text: str, name: str) -> None:
        self._formatter = _Formatter(sandbox, budget)
        self._text, self._name, self._budget = text, name, budget

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        if self._name == "format_map":
            args, kwargs = (), dict(*args)
        made = self._formatter.vformat(self._text, args, kwargs)
        self._budget.hold(len(made))
        return made


class _Formatter(SandboxedFormatter):
    """Makes no field wider than it may be."""

    def __init__(self, sandbox: Sandbox, budget: RenderBudget) -> None:
        super().__init__(sandbox)
        self._budget = budget

    def format_field(self, value: Any, format_spec: str) -> str:
        if any(int(found[:6]) > MOST_WIDTH for found in re.findall(r"\d+", format_spec)):
            raise OverBudgetError(f"it formats to more than {MOST_WIDTH} characters")
        self._budget.hold(self._budget.size_of(value))
        made: str = super().format_field(value, format_spec)
        return made

    def convert_field(self, value: Any, conversion: Any) -> Any:
        self._budget.hold(self._budget.size_of(value))
        return super().convert_field(value, conversion)
