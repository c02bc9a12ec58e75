"""The sound of a video: decoded, mixed into one channel, and cut into segments at silences."""
