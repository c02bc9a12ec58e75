"""The output's folders: a video's files and their manifest, put in place; the batch's report."""
