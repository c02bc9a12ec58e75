"""The library: what was made of videos, read from the output folder. `made` opens one video,
`spoken` reads its transcript."""
