"""Subtitles that exist already: found, read, named, and measured against what is said."""
