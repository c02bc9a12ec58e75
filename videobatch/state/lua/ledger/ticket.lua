-- A number that is higher at each call: who reads the ledger after he got it sees all that was
-- written before. ARGV: none. Safe to repeat: each
-- call gives another one. Returns it as text, since it is larger than a reply's integers may be.
return ticket()
