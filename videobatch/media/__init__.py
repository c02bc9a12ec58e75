"""Opening, probing, decoding and writing files; streams in, atomic writes out."""
