"""Speech recognition on this machine in many languages: faster-whisper.

`recogniser` puts it together: `stretches` finds the speech and cuts it into windows, `decoding`
asks the model for the words of one (of `weights`, on a device of `devices`; `characters` makes its
tokens whole characters), `language` says which language that is, `covering` what was passed over,
`chinese` which characters it is written in, and `sentences` makes statements of words.
"""
