"""Statements ranked by how much they say about the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from videobatch.pipeline.text.sentences import likeness, subject_words, words
from videobatch.records import Utterance

DAMPING = 0.85
ROUNDS = 60
# Two that share so many of their subject words say the same.
SAME_SUBJECT = 0.6
# What stands right beside a point that is chosen already counts so much less.
CROWDED = 0.6


def best(
    lines: Sequence[Utterance], count: int, weights: Sequence[float] | None = None
) -> list[Utterance]:
    """The `count` lines that say most and differ most, spread over the talk, in their order; fewer
    where the others say the same. `weights` are factors of each line's rank."""
    scores = text_rank([subject_words(line.text) or words(line.text) for line in lines])
    # A statement that the recogniser was sure of is the better quotation.
    sure = np.array([1.0 if x.confidence is None else 0.5 + x.confidence / 2 for x in lines])
    scores = scores * sure * (weights if weights is not None and any(weights) else 1.0)
    bags = [frozenset(subject_words(line.text) or words(line.text)) for line in lines]
    starts_s = np.array([line.start_s for line in lines])
    room_s = float(np.ptp(starts_s)) / (count + 1) if count > 0 and len(lines) else 0.0
    # Each choice lowers what is like it (maximal marginal relevance: J. Carbonell, J. Goldstein,
    # SIGIR 1998), so that the points do not all tell the same, and what is near it in time.
    worth, apart = np.ones(len(lines)), np.ones(len(lines))
    chosen: list[int] = []
    while len(chosen) < min(count, len(lines)):
        foremost = int(np.argmax(np.where(worth > 0, scores * worth * apart, -1.0)))
        if worth[foremost] <= 0:
            break
        chosen.append(foremost)
        alike = np.array([likeness(bags[foremost], bag) for bag in bags])
        worth = np.minimum(worth, np.where(alike >= SAME_SUBJECT, 0.0, 1.0 - alike))
        worth[foremost] = 0.0
        near = np.abs(starts_s - starts_s[foremost]) / room_s if room_s > 0 else np.ones(len(lines))
        apart = np.minimum(apart, 1.0 - CROWDED * np.clip(1.0 - near, 0.0, 1.0))
    return [lines[i] for i in sorted(chosen)]


def text_rank(sentences: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """A score for each sentence (a list of words); they add up to 1.

    R. Mihalcea, P. Tarau, "TextRank: Bringing Order into Texts", EMNLP 2004: PageRank over the
    words that two sentences share, divided by the logarithms of their lengths (of their lengths
    plus one, so that one word alone does not divide by zero).
    """
    n = len(sentences)
    if n == 0:
        return np.zeros(0)
    vocabulary = {w: i for i, w in enumerate(sorted({w for s in sentences for w in s}))}
    incidence = np.zeros((n, max(1, len(vocabulary))), dtype=np.float32)
    for row, sentence in enumerate(sentences):
        for word in sentence:
            incidence[row, vocabulary[word]] = 1.0
    shared = (incidence @ incidence.T).astype(np.float64)
    np.fill_diagonal(shared, 0.0)
    size = np.log1p(np.maximum(1.0, [len(set(s)) for s in sentences]))
    weights = shared / (size[:, None] + size[None, :])
    out = weights.sum(axis=1)
    # A sentence that shares nothing passes its score on to all.
    transition = np.where(out[:, None] > 0, weights / np.where(out > 0, out, 1.0)[:, None], 1.0 / n)
    scores = np.full(n, 1.0 / n)
    for _ in range(ROUNDS):
        scores = (1.0 - DAMPING) / n + DAMPING * (transition.T @ scores)
    return np.asarray(scores / scores.sum())
