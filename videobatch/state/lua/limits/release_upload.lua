-- An upload was deleted: its bytes are free again. Safe to repeat.
-- ARGV: scope, permit
-- Returns 1, or 0 if it was free before.
return drop_upload(limit_scope(ARGV[1], 0, 0), ARGV[2])
