"""The answers of language models, read leniently and checked strictly.

`structured.py` asks, checks and asks once more; `completions.py` takes the text out of a server's
answer, `candidates.py` the JSON out of the text, `seconds.py` the times out of the JSON.
"""
