-- Adds a video's terms to the glossary of its batch: of two videos that translate one term, the one
-- that came first is kept. Beyond the bounds nothing is added. Safe to repeat.
-- KEYS[1] the key prefix P.
-- P:glossary:B  HASH  folded term -> JSON (term, translation, explanation, the video that had it first);
--                     "": the bytes of all that
-- ARGV: batch, most terms, most bytes, then for each term its folded form and its JSON
-- Returns what stands there afterwards, as HGETALL does; nothing of a batch that was forgotten.
local key = KEYS[1] .. ':glossary:' .. ARGV[1]
if redis.call('EXISTS', KEYS[1] .. ':batch:' .. ARGV[1]) == 0 then return {} end
local most, most_bytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local bytes = tonumber(redis.call('HGET', key, '') or 0)
local count = math.max(0, redis.call('HLEN', key) - 1)
for at = 4, #ARGV, 2 do
  local size = #ARGV[at] + #ARGV[at + 1]
  if count < most and bytes + size <= most_bytes and redis.call('HSETNX', key, ARGV[at], ARGV[at + 1]) == 1 then
    count, bytes = count + 1, bytes + size
    redis.call('HSET', key, '', bytes)
  end
end
return redis.call('HGETALL', key)
