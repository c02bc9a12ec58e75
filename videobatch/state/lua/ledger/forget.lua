-- Takes a batch out of the ledger, some videos in a call, with every key and entry that names it;
-- what was paid on a day stays. It is cancelled first, so that nothing begins. Safe to repeat.
-- ARGV: batch, most videos in one call, begin (1), or go on (0)
-- Returns {what, n}: '' (there is none), running (n videos are being made or put in place: nothing was
-- changed, or the rest waits for them), opened (a person has opened it again meanwhile), left (n
-- videos), gone.
local b, most = ARGV[1], tonumber(ARGV[2])
local key = batch_key(b)
if redis.call('EXISTS', key) == 0 then return { '', 0 } end

local function in_state(state) return number(redis.call('HGET', key, 'n:' .. state)) end

local is_cancelled = redis.call('HGET', key, 'state') == 'cancelled'
if ARGV[3] == '1' then
  if in_state('committed') > 0 or (in_state('running') > 0 and not is_cancelled) then
    return { 'running', in_state('committed') + in_state('running') }
  end
  lift_pauses(b)
  redis.call('HSET', key, 'state', 'cancelled', 'halt', 1, 'forgetting', 1)
  refresh(b)
elseif redis.call('HGET', key, 'forgetting') ~= '1' then
  return { 'opened', 0 }
end

local function forget(v)
  local state = get(b, v, 'state')
  -- Its files are being renamed into place: nobody else could finish that.
  if state == 'committed' then return end
  if state == 'running' then let_go(b, v) else forget_lapsed(b, v) end
  if state == 'pending' then take_off(b, v) end
  local kept = P .. ':trial:' .. member(b, v)
  free_host(b, v, redis.call('GET', kept))
  redis.call('UNLINK', kept)
  for _, set in ipairs({ 'waiting', 'hints', 'dead', 'leftovers' }) do
    redis.call('ZREM', P .. ':' .. set, member(b, v))
  end
  redis.call('UNLINK', video_key(b, v), P .. ':checkpoints:' .. b .. ':' .. v)
  redis.call('ZREM', P .. ':videos:' .. b, v)
  redis.call('SREM', P .. ':paused:' .. b, v)
  redis.call('SREM', P .. ':waiting:' .. b, v)
  unlist_finished(b, v)
  if state then
    redis.call('HINCRBY', key, 'n:' .. state, -1)
    redis.call('HINCRBY', P .. ':totals', 'n:' .. state, -1)
  end
end

for _, v in ipairs(redis.call('ZRANGE', P .. ':videos:' .. b, 0, most + in_state('committed') - 1)) do forget(v) end
refresh(b)
local left = redis.call('ZCARD', P .. ':videos:' .. b)
if left > 0 then
  if left == in_state('committed') then return { 'running', left } end
  return { 'left', left }
end
each_shelf(b, function(shelf) redis.call('UNLINK', shelf_key(shelf, b)) end)
for _, each in ipairs({ ':videos:', ':kinds:', ':paused:', ':waiting:', ':finished:', ':paid:', ':glossary:' }) do
  redis.call('UNLINK', P .. each .. b)
end
redis.call('HDEL', P .. ':paid', b)
redis.call('HDEL', P .. ':reports', b)
redis.call('ZREM', P .. ':batches', b)
redis.call('UNLINK', key)
return { 'gone', 0 }
