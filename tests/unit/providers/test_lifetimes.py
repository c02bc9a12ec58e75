"""The ends of models, on days that are handed in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from videobatch.providers.lifetimes import UNSAID, Announced, ending
from videobatch.providers.paid_models import PaidModel, PaidModels

END = date(2030, 6, 30)
MODELS = PaidModels(
    {
        "old": PaidModel(valid_until=END, replaced_by="new"),
        "routed": PaidModel(valid_until=END, replaced_by="new", answered_by="other"),
        "new": PaidModel(),
    }
)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("today", "lasts_days", "is_over"),
    [
        (END - 31 * DAY, 0, None),
        (END - 30 * DAY, 0, False),
        (END - 1 * DAY, 0, False),
        # On the day itself it may be gone.
        (END, 0, True),
        (END + 400 * DAY, 0, True),
        # A batch that its budget makes last beyond it.
        (END - 90 * DAY, 89, None),
        (END - 90 * DAY, 90, False),
        (END - 90 * DAY, float("inf"), False),
    ],
)
def test_an_end_is_told_in_time(today: date, lasts_days: float, is_over: bool | None) -> None:
    found = ending(MODELS, "old", today, lasts_s=lasts_days * 86_400)
    assert (found and found.is_over) == is_over
    assert found is None or (found.ends, found.successor) == (END, "new")


@pytest.mark.parametrize(
    ("model", "announced", "ends"),
    [
        ("old", UNSAID, END),
        # The server's own list wins: another day, or none.
        ("old", END + 5 * DAY, END + 5 * DAY),
        ("old", None, None),
        ("new", UNSAID, None),
        ("new", END, END),
        ("unknown", END, END),
        ("unknown", UNSAID, None),
    ],
)
def test_what_a_servers_list_says_wins(model: str, announced: Announced, ends: date | None) -> None:
    found = ending(MODELS, model, END - 10 * DAY, announced=announced)
    assert (found and found.ends) == ends


@pytest.mark.parametrize(
    ("model", "today", "words"),
    [
        ("old", END - DAY, "old is switched off on 2030-06-30; its successor is new"),
        ("old", END, "old was switched off on 2030-06-30; its successor is new"),
        (
            "routed",
            END - DAY,
            (
                "routed is switched off on 2030-06-30; other answers in its place from then on, at "
                "its own price"
            ),
        ),
        ("routed", END, "routed was switched off on 2030-06-30; its successor is new"),
    ],
)
def test_it_is_said_in_one_line(model: str, today: date, words: str) -> None:
    found = ending(MODELS, model, today)
    assert found is not None
    assert found.in_words == words
