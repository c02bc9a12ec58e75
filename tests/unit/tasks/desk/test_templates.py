"""Templates as a child's machine has them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tasks.desk.templates import Templates
from tests.support.pipeline import TEMPLATE, templates
from videobatch.errors import SettingsError

OWN = "name: mine\ntitle: {title}\ndescription: d\nsections: [{{id: a, title: A, kind: facts}}]\n"
BODY = "body: |\n  # x\n  {{ section.a.text }}\n"


def write(folder: Path, title: str) -> str:
    """Writes the template `mine`; its hash."""
    content = (OWN.format(title=title) + BODY).encode()
    (folder / "mine.yaml").write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_a_built_in_template_needs_no_folder() -> None:
    built_in = templates()[TEMPLATE]
    assert Templates(None).get(TEMPLATE, built_in.content_hash) == built_in


def test_a_template_that_changed_on_the_disk_is_read_again(tmp_path: Path) -> None:
    found = Templates(tmp_path)
    old = write(tmp_path, "Old")
    assert found.get("mine", old).title == "Old"
    new = write(tmp_path, "New")
    assert found.get("mine", new).title == "New"
    with pytest.raises(SettingsError, match="not the one that was submitted"):
        found.get("mine", old)


def test_a_template_that_is_known_is_not_read_again(tmp_path: Path) -> None:
    found = Templates(tmp_path)
    own = write(tmp_path, "Mine")
    assert found.get("mine", own).title == "Mine"
    (tmp_path / "mine.yaml").unlink()
    assert found.get("mine", own).title == "Mine"


@pytest.mark.parametrize("name", [TEMPLATE, "poem"])
def test_another_template_than_was_submitted(name: str) -> None:
    with pytest.raises(SettingsError, match=f"the template {name}") as refused:
        Templates(None).get(name, "0" * 64)
    assert "VIDEOBATCH_TEMPLATES_DIR" in refused.value.hint
