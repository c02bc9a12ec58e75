"""Files of video or sound as containers of streams: opened safely, with their tracks and times."""
