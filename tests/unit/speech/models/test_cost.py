"""The cost of a model by the size of its network."""

from __future__ import annotations

from videobatch.speech.models.catalogue import Shape, catalogue
from videobatch.speech.models.cost import multiplications, reckoned_s


def test_the_multiplications_of_the_smallest_network() -> None:
    shape = Shape(width=1, encoder_layers=1, decoder_layers=1)
    encoder, token = 1500 * (12 + 3000), 16 + 51_865
    assert multiplications(shape) == encoder + 500 * token


def test_a_larger_model_costs_more_in_the_order_of_the_catalogue() -> None:
    costs = [multiplications(model.shape) for model in catalogue().values() if not model.languages]
    assert costs == sorted(costs)


def test_seconds_are_reckoned_from_what_was_measured() -> None:
    base, small = (catalogue()[name].shape for name in ("base", "small"))
    assert reckoned_s(100.0, base, base) == 100.0
    ratio = multiplications(small) / multiplications(base)
    assert reckoned_s(100.0, base, small) == 100.0 * ratio
    assert 3 < ratio < 6
