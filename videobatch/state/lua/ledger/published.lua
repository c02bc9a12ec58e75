-- Ends a committed video whose files are in place. Safe to repeat.
-- ARGV: batch, video, token, lease (ms, not used). Returns 1, or 0 if the token is stale.
local b, v = ARGV[1], ARGV[2]
if owns(b, v, ARGV[3], 'done', 'partial') then return 1 end
if not owns(b, v, ARGV[3], 'committed') then return 0 end
observe('video', (now_ms() - number(get(b, v, 'started_ms'))) / 1000)
local result = cjson.decode(get(b, v, 'result'))
-- Why the document was made without its language model: counted in the batch, once for each video.
local before, now = get(b, v, 'unwritten'), result['unwritten']
if type(now) ~= 'string' then now = nil end
if before then
  redis.call('HDEL', video_key(b, v), 'unwritten')
  redis.call('HINCRBY', P .. ':batch:' .. b, 'unwritten:' .. before, -1)
end
if now then
  redis.call('HSET', video_key(b, v), 'unwritten', now)
  redis.call('HINCRBY', P .. ':batch:' .. b, 'unwritten:' .. now, 1)
end
-- What became of the statements that its language model wrote: the sums of the batch.
local checked = type(result['checked']) == 'table' and result['checked'] or {}
for field, count in pairs({ checked = checked['statements'], found = checked['found'] }) do
  local gain = number(count) - number(get(b, v, field))
  if gain ~= 0 then
    redis.call('HSET', video_key(b, v), field, number(count))
    redis.call('HINCRBY', P .. ':batch:' .. b, field, gain)
  end
end
let_go(b, v)
redis.call('DEL', P .. ':checkpoints:' .. b .. ':' .. v)
move(b, v, result['state'])
feed()
return 1
