"""The gallery: documents of ten talks by every template, without a language model and with one."""
