"""The cost of one model beside another's, by the sizes of their networks: nothing is loaded."""

from __future__ import annotations

from videobatch.speech.models.catalogue import Shape

# Whisper hears 30 s at a time: 1,500 places of the encoder, and the tokens of fluent speech, each
# of which a search over five beams decodes five times.
WINDOW_S = 30.0
PLACES = 1500
TOKENS = 100
BEAMS = 5
VOCABULARY = 51_865


def multiplications(shape: Shape) -> float:
    """The multiplications for one window of fluent speech.

    A layer's weights are 12 width² (four of attention, eight of the network behind it), 16 width²
    in the decoder, which attends to the encoder, too; attention itself grows with the places.
    (Radford et al., 2022, table 1 has the sizes.)
    """
    width = shape.width
    encoder = shape.encoder_layers * PLACES * (12 * width**2 + 2 * PLACES * width)
    token = shape.decoder_layers * 16 * width**2 + VOCABULARY * width
    return float(encoder + TOKENS * BEAMS * token)


def reckoned_s(measured_s: float, measured: Shape, other: Shape) -> float:
    """The seconds that another model would take for what took the measured one `measured_s`."""
    return measured_s * multiplications(other) / multiplications(measured)
