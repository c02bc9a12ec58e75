-- Creates a batch or opens it again, whatever it was paused for: a submit is a person's word. Safe to repeat.
-- ARGV: batch, name, out_uri, root_uri, provider, weight. Returns 1 if it is new, else 0.
local b = ARGV[1]
local key = batch_key(b)
local is_new = redis.call('ZADD', P .. ':batches', 'NX', now_ms(), b)
redis.call('HSETNX', key, 'created_ms', now_ms())
redis.call('HSET', key, 'name', ARGV[2], 'out_uri', ARGV[3], 'root_uri', ARGV[4], 'provider', ARGV[5],
  'weight', ARGV[6], 'state', 'open', 'submitted_ms', now_ms())
lift_pauses(b)
refresh_turn(b)
return is_new
