"""The sections of a document: what they are made from, and a function for each kind of them."""
