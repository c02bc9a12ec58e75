"""Speech in the language of the document, by a language model: line by line, each stretch paid for
once, with the terms of a glossary that the videos of a folder share."""
