"""Search over what was made: transcripts, documents and slides, by SQLite's full-text index.

`index.open_index` is the door. An index holds an output folder's texts, and nothing that is not in
the manifests and files there: it is thrown away and built anew at any time.
"""
