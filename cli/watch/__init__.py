"""Following a batch: how it stands, its bars, its end."""
