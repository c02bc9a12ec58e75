"""The key of a call: equal for equal calls, in every process."""

from __future__ import annotations

import subprocess
import sys

from videobatch.providers.calls.call import call_key


def test_a_call_is_known_by_all_that_shapes_it() -> None:
    base = ("openai", "whisper-1", {"language": "zh", "format": "json"}, "prompt", "hash")
    others = [
        ("gemini", *base[1:]),
        (base[0], "whisper-2", *base[2:]),
        (*base[:2], {"language": "en", "format": "json"}, *base[3:]),
        (*base[:3], "promp", "thash"),
        (*base[:4], "other"),
    ]
    keys = {call_key(*parts) for parts in [base, *others]}
    assert len(keys) == 6
    assert all(len(key) == 64 for key in keys)
    turned = {"format": "json", "language": "zh"}
    assert call_key("openai", "whisper-1", turned, "prompt", "hash") == call_key(*base)


def test_a_call_is_known_again_by_another_process() -> None:
    code = (
        "from videobatch.providers.calls.call import call_key\n"
        "print(call_key('openai', 'm', {'b': 1, 'a': '中'}, 'p\\udc80', 'h'))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert found == call_key("openai", "m", {"a": "中", "b": 1}, "p\udc80", "h")
    assert found == "9610dbacaa48621c3ca83f013b89f5a4e64e5942c2a3ba369cdd26e858de1d6e"
