"""The rules of the alerts."""

from __future__ import annotations

from controllers.policy.alert_rules import Thresholds, rules_of


def test_each_rule_can_end_what_it_began() -> None:
    for code, rule in rules_of(Thresholds()).items():
        assert rule.code == code
        assert 0 < rule.low <= rule.high
        assert rule.raised != rule.ended
        for text in (rule.raised, rule.ended):
            assert "{" not in text.format(subject="x")
