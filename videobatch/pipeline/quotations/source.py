"""The words of a video, said and shown, against which statements are checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.quotations.blocks import objection, written_numbers
from videobatch.pipeline.quotations.chinese_names import dictionary_names
from videobatch.pipeline.quotations.claims import Claim, Finding, Proof
from videobatch.pipeline.quotations.folding import folded, pieces, weight
from videobatch.pipeline.quotations.names import Said, names, opening_names
from videobatch.pipeline.quotations.numerals import figures, is_among, shown, values
from videobatch.pipeline.quotations.tracks import Hit, Track
from videobatch.pipeline.text.sentences import CJK, stop_words
from videobatch.records import SlideText, Utterance

# A quotation may stand so far before and behind the second of its statement, and figures and names
# so far around the quotation: small figures are said everywhere.
BEFORE_S, BEHIND_S = 30.0, 45.0
FIGURES_S, NAMES_S = 30.0, 60.0
# A shorter quotation shows nothing: in letters, a Chinese character counting as four.
LEAST_WEIGHT = 12
# The parts of a quotation with gaps stand so near each other.
GAP_S = 60.0
GAP = re.compile(r"\s*(?:\.{3,}|…+|\[\s*(?:\.{3}|…)\s*\]|\s/\s)\s*")
# A name that is said so often is the subject, and stands for "he" and "it".
OFTEN = 3

NO_QUOTE = "it comes without a quotation"
SHORT_QUOTE = "its quotation is too short to show anything"
NOT_SAID = "its quotation is not in what was said or shown"
TORN = "the parts of its quotation are far from each other"


class Source:
    """The lines that were said and the slides that were shown, with the video's title."""

    def __init__(
        self, lines: Sequence[Utterance], slides: Sequence[SlideText] = (), title: str = ""
    ) -> None:
        self._said = Track([(line.start_s, line.text) for line in lines])
        self._shown = Track([(slide.start_s, _text_of(slide)) for slide in slides])
        self._tracks = (self._said, self._shown)
        every = " ".join(text for track in self._tracks for _, text in track.lines)
        self._all_values = _numbers([text for track in self._tracks for _, text in track.lines])
        self._written = written_numbers(" ".join(text for _, text in self._shown.lines))
        self._all = Said(f"{title} {every}")
        self._title = Said(title)
        self._is_wide = 10 * sum(map(len, CJK.findall(every))) > len(every)
        self._text = folded(f"{title} {every}")

    def check(self, claim: Claim) -> Finding:
        """The outcome of the claim. Pure."""
        parts = [folded(part) for part in GAP.split(claim.quote)]
        parts = [part for part in parts if part]
        if not parts:
            return Finding(Proof.MISSING, claim.at_s, NO_QUOTE)
        if max(weight(" ".join(parts)), weight(claim.quote)) < LEAST_WEIGHT and not self._is_line(
            parts
        ):
            return Finding(Proof.MISSING, claim.at_s, SHORT_QUOTE)
        found = self._find(max(parts, key=weight), claim.at_s)
        if found is None:
            return Finding(Proof.MISSING, claim.at_s, NOT_SAID)
        track, hit, is_near = found
        if len(parts) > 1 and not self._has_all(parts, hit.at_s):
            return Finding(Proof.MISSING, claim.at_s, TORN)
        if reason := self._objection(claim, track, hit):
            return Finding(Proof.MISSING, claim.at_s, reason)
        if is_near:
            return Finding(Proof.FOUND, claim.at_s)
        return Finding(Proof.MOVED, hit.at_s)

    def _is_line(self, parts: Sequence[str]) -> bool:
        """True where a whole line is as short as that."""
        whole = " ".join(parts)
        return any(folded(text) == whole for track in self._tracks for _, text in track.lines)

    def _find(self, quote: str, at_s: float) -> tuple[Track, Hit, bool] | None:
        near = (at_s - BEFORE_S, at_s + BEHIND_S)
        for from_s, to_s in (near, (0.0, float("inf"))):
            for track in self._tracks:
                hit = track.find(quote, from_s, to_s, at_s)
                if hit is not None:
                    return track, hit, (from_s, to_s) == near
        return None

    def _has_all(self, parts: Iterable[str], at_s: float) -> bool:
        return all(
            any(track.find(part, at_s - GAP_S, at_s + GAP_S, at_s) for track in self._tracks)
            for part in parts
        )

    def _objection(self, claim: Claim, track: Track, hit: Hit) -> str:
        """The first figure or name that is not said where it should be, in words; "" for none."""
        quoted = _numbers(track.quoted(hit))
        for figure in figures(claim.quote):
            if not is_among(figure, quoted):
                return f"{shown(figure)} is quoted and was not said there"
        if claim.kind in (Kind.FORMULA, Kind.CODE):
            near = _numbers(self._around(hit, NAMES_S)) | self._written
            return objection(claim.kind, claim.text, self._all, near)
        known = self._all_values if claim.is_general else _numbers(self._around(hit, FIGURES_S))
        for figure in figures(claim.text):
            if not is_among(figure, known):
                return f"{shown(figure)} is not said there"
        said = self._all if claim.is_general else Said(" ".join(self._around(hit, NAMES_S)))
        for name in self._names(claim):
            if not (said.has_name(name) or self._title.has_name(name) or self._is_subject(name)):
                return f"{name} is not said there"
        if claim.term and not self._says_term(claim.term):
            return f"the term {claim.term} is not said"
        return ""

    def _around(self, hit: Hit, seconds: float) -> list[str]:
        """The lines that are said and shown so near to it."""
        begin_s, end_s = hit.at_s - seconds, hit.at_s + seconds
        return [text for each in self._tracks for text in each.texts(begin_s, end_s)]

    def _names(self, claim: Claim) -> list[str]:
        """The names that can be looked for: in the script of what was said."""
        unsure = dictionary_names if self._is_wide else opening_names
        own = [
            *(
                name
                for text in (claim.text, claim.quote)
                for name in names(text, wide=self._is_wide)
            ),
            *unsure(claim.text),
        ]
        if self._is_wide and not CJK.search(claim.text):
            # Names in English, of what was said in Chinese.
            return []
        return list(dict.fromkeys(own))

    def _is_subject(self, name: str) -> bool:
        return self._all.count(name) >= OFTEN

    def _says_term(self, term: str) -> bool:
        """True where a word of the term is said, or two of its characters; of another script
        than what was said, nothing can be told."""
        words = [word for word in pieces(folded(term)) if word not in stop_words()]
        wide = bool(CJK.search(term))
        if wide != self._is_wide or not words:
            return True
        if wide:
            run = folded(term)
            pairs = [run[i : i + 2] for i in range(max(1, len(run) - 1))]
            return any(pair in self._text for pair in pairs)
        return any(self._all.has_name(word) for word in words)


def _numbers(lines: Sequence[str]) -> frozenset[float]:
    """The numbers of lines, in each by itself and across them: nobody tells whether "twenty" at
    the end of the one and "five" at the beginning of the next are 25."""
    return values(" ".join(lines)).union(*map(values, lines))


def _text_of(slide: SlideText) -> str:
    return " ".join([*([slide.title] if slide.title else []), *(x.text for x in slide.body)])
