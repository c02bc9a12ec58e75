"""One local stack for the end-to-end tests that do not break theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cli import Cli, stack


@pytest.fixture(scope="package")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The command line with a stack that all these tests share; each uses folders of its own.

    It ends with them: a stack that nobody uses costs as much as one that waits for work.
    """
    with stack(tmp_path_factory.mktemp("home")) as shared:
        yield shared
