"""Slides from the lines that were read of stills: order, headings, code, and where one follows
another. Pure: equal lines give equal slides."""
