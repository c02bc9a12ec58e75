"""The statements of a language model, looked for in what was said and shown: pure."""
