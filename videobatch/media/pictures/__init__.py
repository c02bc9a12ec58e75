"""The pictures of a video: its scenes, and a still of each."""
