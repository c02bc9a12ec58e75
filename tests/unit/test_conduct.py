"""The tests' own rules, as CONTRIBUTING has them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from config.settings import PROJECT_ROOT
from videobatch.state.keys import Keys

MAY_SPELL = {
    "tests/support/old_ledger.py": "ledgers of former versions: their keys follow no later change",
    "tests/unit/test_one_way_to_redis.py": "examples of what must not be",
}


def first_words() -> Iterator[str]:
    """The words that the names of keys begin with."""
    keys = Keys("")
    for name in vars(Keys):
        found = None if name.startswith("_") else getattr(keys, name)
        if callable(found):
            found = found(*("x" for _ in inspect.signature(found).parameters))
        if found is not None:
            yield str(found).split(":")[1]


def test_no_test_spells_the_name_of_a_key() -> None:
    words = "|".join(sorted(set(first_words())))
    spelled = re.compile(
        rf"""["'](?:vb|videobatch|\{{[\w.]*prefix\}}):(?:{words})\b""", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(PROJECT_ROOT)}:{number}: {line.strip()}"
        for path in sorted((PROJECT_ROOT / "tests").rglob("*.py"))
        if str(path.relative_to(PROJECT_ROOT)) not in MAY_SPELL
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if spelled.search(line)
    ]
    assert not found, "use tests.support.keys.KEYS:\n" + "\n".join(found)
