-- Ends a committed video whose files are in place. Safe to repeat.
-- ARGV: batch, video, token, lease (ms, not used). Returns 1, or 0 if the token is stale.
local b, v = ARGV[1], ARGV[2]
if owns(b, v, ARGV[3], 'done', 'partial') then return 1 end
if not owns(b, v, ARGV[3], 'committed') then return 0 end
observe('video', (now_ms() - number(get(b, v, 'started_ms'))) / 1000)
let_go(b, v)
redis.call('DEL', P .. ':checkpoints:' .. b .. ':' .. v)
move(b, v, cjson.decode(get(b, v, 'result'))['state'])
feed()
return 1
