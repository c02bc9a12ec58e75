"""The way of one video to its document: the stages, and what they work with.

`stages` run in the order of stages/runner.py; the words come from `words`, the document is put
together by document.py from `sections` after a template (`templates`), a language model may write
parts of it (`writing`), and `outputs` puts the files in place. `text` is below them all.
"""
