"""The words of a video: from its subtitles or its sound, and as files of a transcript."""
