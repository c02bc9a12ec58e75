"""The command submit: from settings and options to a batch.

`command` is what is typed; `wishes` makes settings and options a wish; `asked` prices it, and
`agreement` shows the price and asks.
"""
