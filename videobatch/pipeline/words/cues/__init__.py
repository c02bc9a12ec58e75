"""Subtitles that can be read, made of a transcript: pure, no files.

rules    how much a cue may hold and how long it is shown, with the source of each number
atoms   the text as words that have times
cutting  words to cues, at sentence ends before all
lines    a cue's words on one or two lines
timing   when each cue is shown
making   all of it: a transcript's cues
"""
