"""Gemini: `model.py` asks one question; hearing, writing and whole videos are built on it."""
