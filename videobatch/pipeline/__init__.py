"""The stages of one video, templates and documents."""
