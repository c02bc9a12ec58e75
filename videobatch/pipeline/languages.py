"""Codes of languages."""

from __future__ import annotations

# Containers name languages by ISO 639-2, documents by the shorter BCP 47.
SHORT = {
    "ara": "ar",
    "chi": "zh",
    "cmn": "zh",
    "deu": "de",
    "eng": "en",
    "fra": "fr",
    "fre": "fr",
    "ger": "de",
    "ita": "it",
    "jpn": "ja",
    "kor": "ko",
    "por": "pt",
    "rus": "ru",
    "spa": "es",
    "zho": "zh",
}


def bcp47(language: str | None) -> str | None:
    """A language code as BCP 47 writes it; None for none and for "undetermined"."""
    if not language or language.lower() in ("und", "unk", "mis", "zxx"):
        return None
    head, *rest = language.replace("_", "-").split("-")
    return "-".join([SHORT.get(head.lower(), head.lower()), *rest])
