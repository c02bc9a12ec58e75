"""Text: harmless Markdown, sentences, the statements and words that matter, and chapters."""
