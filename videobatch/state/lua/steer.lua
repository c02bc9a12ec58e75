-- Pauses, resumes or cancels a batch or one of its videos. Safe to repeat.
-- ARGV: batch, video ('' for the whole batch), what (pause | resume | cancel), now (1: running
--       videos stop at their next checkpoint, 0: they go on to their end), reason, most videos to
--       move in one call, when a paused batch is to be resumed (ms, '' = not by itself)
-- Returns {the new state, videos moved, videos that still run, videos left to move}; {''} if there
-- is no such batch or video.
local b, v, what, now, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1', tonumber(ARGV[6])
local key = batch_key(b)
local moved, left = 0, 0

local function running()
  return number(redis.call('HGET', key, 'n:running')) + number(redis.call('HGET', key, 'n:committed'))
end

local function turn(video, to)
  redis.call('ZREM', P .. ':waiting', member(b, video))
  forget_lapsed(b, video)
  redis.call('HDEL', video_key(b, video), 'halt')
  move(b, video, to)
  moved = moved + 1
end

if redis.call('EXISTS', key) == 0 then return { '' } end

if v ~= '' then
  local state = get(b, v, 'state')
  if not state then return { '' } end
  if state == 'running' then
    if what == 'resume' then
      redis.call('HDEL', video_key(b, v), 'halt')
    elseif now or what == 'cancel' then
      redis.call('HSET', video_key(b, v), 'halt', what)
    end
    return { state, 0, 1, 0 }
  end
  if what == 'resume' and state == 'paused' then turn(v, 'pending') end
  if what == 'pause' and (state == 'pending' or state == 'waiting') then turn(v, 'paused') end
  if what == 'cancel' and (state == 'pending' or state == 'waiting' or state == 'paused') then
    turn(v, 'cancelled')
  end
  feed()
  return { get(b, v, 'state'), moved, 0, 0 }
end

local states = { pause = 'paused', resume = 'open', cancel = 'cancelled' }
local is = redis.call('HGET', key, 'state')
-- Only a retry or a new submit brings a cancelled batch back.
if is == 'cancelled' and what ~= 'cancel' then return { is, 0, running(), 0 } end
redis.call('HSET', key, 'state', states[what], 'reason', ARGV[5], 'resume_ms', ARGV[7])
if now or what == 'cancel' then redis.call('HSET', key, 'halt', 1) else redis.call('HDEL', key, 'halt') end
if what == 'resume' then
  redis.call('HDEL', key, 'reason', 'resume_ms')
  for _, video in ipairs(redis.call('SMEMBERS', P .. ':paused:' .. b)) do turn(video, 'pending') end
elseif what == 'cancel' then
  local candidates = redis.call('ZRANGE', pending_key(b), 0, most - 1)
  for _, video in ipairs(redis.call('SMEMBERS', P .. ':paused:' .. b)) do candidates[#candidates + 1] = video end
  for _, m in ipairs(redis.call('ZRANGE', P .. ':waiting', 0, -1)) do
    local other, video = split(m)
    if other == b then candidates[#candidates + 1] = video end
  end
  for _, video in ipairs(candidates) do turn(video, 'cancelled') end
  left = redis.call('ZCARD', pending_key(b))
end
refresh_turn(b)
feed()
return { states[what], moved, running(), left }
