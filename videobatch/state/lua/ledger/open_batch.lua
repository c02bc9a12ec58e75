-- Creates a batch or opens it again, whatever it was paused for but a model that is gone: a submit is a
-- person's word. Safe to repeat.
-- ARGV: batch, name, out_uri, root_uri, provider, weight, umask of who submitted ('' = not known), a
--       pause by a person (JSON, '' = none): with one a batch that there is stays as it is, and a new
--       one begins paused
-- Returns 1 if it is new, else 0.
local b, pause = ARGV[1], ARGV[8]
local key = batch_key(b)
if pause ~= '' and redis.call('EXISTS', key) == 1 then return 0 end
local is_new = redis.call('ZADD', P .. ':batches', 'NX', now_ms(), b)
redis.call('HSETNX', key, 'created_ms', now_ms())
redis.call('HSET', key, 'name', ARGV[2], 'out_uri', ARGV[3], 'root_uri', ARGV[4], 'provider', ARGV[5],
  'weight', ARGV[6], 'submitted_ms', now_ms())
if ARGV[7] ~= '' then redis.call('HSET', key, 'umask', ARGV[7]) end
open_again(b)
redis.call('HDEL', key, 'forgetting')
if pause ~= '' then redis.call('HSET', key, 'state', 'paused', 'pause:person', pause) end
refresh(b)
return is_new
