"""OpenAI, and every server that speaks its language: a transcriber and a writer."""
