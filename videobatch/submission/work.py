"""The paid work of a batch: the calls to each model, by their sizes, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from videobatch.providers.paid_models import PaidModels
from videobatch.providers.roles import Role
from videobatch.records import Currency
from videobatch.state.limits import scope_part


@dataclass(frozen=True, slots=True)
class Calls:
    """So many calls of one size: the tokens of text and of sound that go into each, those that come
    out, the most that it may answer (which it reserves), and its seconds of sound. `is_again`: they
    are made only where an answer has to be asked for once more."""

    count: int
    tokens_in: float = 0.0
    audio_tokens_in: float = 0.0
    tokens_out: float = 0.0
    most_out: float = 0.0
    audio_s: float = 0.0
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """The calls of one model at one account, which share its limits; `scope` is their budget's name
    as the limiter has it, and its day begins at midnight in `day_zone`."""

    scope: str
    model: str
    day_zone: str
    calls: tuple[Calls, ...]

    def count(self, *, again: bool = True) -> int:
        """The number of calls, with those that may be made again or without."""
        return sum(each.count for each in self._of(again=again))

    def usd(self, models: PaidModels, *, again: bool = True) -> float | None:
        """The price of them, each call by its own size and by the dearest model that may answer;
        None where it is not known. Nothing costs nothing, whatever its price."""
        price = models.asked(self.model).charges()
        total = 0.0
        for each in self._of(again=again):
            amounts = {
                "tokens_in": each.tokens_in,
                "audio_tokens_in": each.audio_tokens_in,
                "tokens_out": each.tokens_out,
                "audio_s": each.audio_s,
            }
            if not each.count or not any(amounts.values()):
                continue
            cost = price.cost_usd(**amounts) if price else None
            if cost is None:
                return None
            total += each.count * cost
        return total

    def amounts(self, *, again: bool = True) -> Mapping[Currency, float]:
        """The use of each currency but money."""
        calls = list(self._of(again=again))
        count = sum(each.count for each in calls)
        read = sum(each.count * (each.tokens_in + each.audio_tokens_in) for each in calls)
        said = sum(each.count * each.tokens_out for each in calls)
        audio_s = sum(each.count * each.audio_s for each in calls)
        return {
            Currency.REQUESTS_MIN: count,
            Currency.REQUESTS_DAY: count,
            Currency.TOKENS_IN_MIN: read,
            Currency.TOKENS_OUT_MIN: said,
            Currency.TOKENS_DAY: read + said,
            Currency.AUDIO_S_HOUR: audio_s,
            Currency.AUDIO_S_DAY: audio_s,
        }

    def _of(self, *, again: bool) -> Iterator[Calls]:
        return (each for each in self.calls if again or not each.is_again)


def work_of(role: Role, model: str, day_zone: str | None, calls: Iterable[Calls]) -> Work:
    """The work of a role's model; `day_zone` is the user's, None: the provider's own."""
    scope = f"{role.scope}.{scope_part(model)}"
    return Work(scope, model, day_zone or role.provider.day_zone, tuple(calls))


def by_scope(works: Iterable[Work]) -> tuple[Work, ...]:
    """The same, one for each scope: hearing and writing by one model share its limits."""
    found: dict[str, Work] = {}
    for each in works:
        before = found.get(each.scope)
        calls = (*before.calls, *each.calls) if before else each.calls
        found[each.scope] = Work(each.scope, each.model, each.day_zone, calls)
    return tuple(each for each in found.values() if each.calls)
