"""Folders and files of the output: held by descriptors, written whole or not at all."""
