-- Pauses, resumes or cancels a batch or one of its videos. Safe to repeat.
-- ARGV: batch, video ('' for the whole batch), what (pause | resume | cancel), now (1: running
--       videos stop at their next checkpoint, 0: they go on to their end), cause ("person", or the
--       engine's), most videos to move in one call, what is kept of a pause (JSON)
-- A batch is paused while there is a cause. The engine takes back its own one, and only as it saw it
-- (the same JSON); a person's resume takes them all. Halt, and videos paused one by one, are a
-- person's alone.
-- Returns {the new state, videos moved, videos that still run, videos left to move}; {''} if there
-- is no such batch or video.
local b, v, what, now, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1', tonumber(ARGV[6])
local key = batch_key(b)
local moved, left = 0, 0

local function running()
  return number(redis.call('HGET', key, 'n:running')) + number(redis.call('HGET', key, 'n:committed'))
end

local function turn(video, to)
  turn_to(b, video, to)
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

local by_person, cause = ARGV[5] == 'person', 'pause:' .. ARGV[5]
local is = redis.call('HGET', key, 'state')
-- Only a retry or a new submit brings a cancelled batch back.
if is == 'cancelled' and what ~= 'cancel' then return { is, 0, running(), 0 } end
if what == 'pause' then
  redis.call('HSET', key, 'state', 'paused', cause, ARGV[7])
  if by_person and now then redis.call('HSET', key, 'halt', 1) end
  if by_person and not now then redis.call('HDEL', key, 'halt') end
elseif what == 'resume' and by_person then
  local paused = P .. ':paused:' .. b
  for _, video in ipairs(redis.call('SRANDMEMBER', paused, most)) do turn(video, 'pending') end
  left = redis.call('SCARD', paused)
  -- It opens with the last of those that were paused one by one.
  if left > 0 then return { is, moved, running(), left } end
  lift_pauses(b)
  redis.call('HSET', key, 'state', 'open')
elseif what == 'resume' then
  if redis.call('HGET', key, cause) == ARGV[7] then
    redis.call('HDEL', key, cause)
    if not is_paused_for_anything(b) then redis.call('HSET', key, 'state', 'open') end
  end
else
  lift_pauses(b)
  redis.call('HSET', key, 'state', 'cancelled', 'halt', 1)
  moved = cancel_some(b, most)
  left = open_count(b) - running()
end
refresh(b)
feed()
return { redis.call('HGET', key, 'state'), moved, running(), left }
