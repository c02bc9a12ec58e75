-- Fills the queue up to the window. Safe to repeat.
-- ARGV: none. Returns the number of messages published.
return feed()
