"""Whisper's models as data: which there are, where each comes from, and what is here of them."""
