"""Formulas, code, tables, lists and quotations that a language model writes, made safe."""
