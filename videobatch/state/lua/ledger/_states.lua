-- A video's way from state to state, and what follows from each.

-- Puts a video at the end of those that have ended. Places are of the clock, so that they grow also
-- where a Redis has lost its last second: whoever follows a batch remembers one.
local function list_finished(b, v)
  local t = redis.call('TIME')
  local last = number(redis.call('HGET', batch_key(b), 'ended'))
  local place = string.format('%.0f', math.max(last + 1, tonumber(t[1]) * 1e6 + tonumber(t[2])))
  redis.call('HSET', batch_key(b), 'ended', place)
  redis.call('ZADD', P .. ':finished:' .. b, place, v)
end

local function unlist_finished(b, v) redis.call('ZREM', P .. ':finished:' .. b, v) end

-- What a video without a document keeps of its attempts (checkpoints here, files in the output
-- folder), so that a retry by hand can go on from there, and for how long. A cancel keeps no files.
local LEFT_MS = 7 * 24 * 3600 * 1000
local LEAVES = { failed = LEFT_MS, dead = LEFT_MS, cancelled = 0 }
local function leave(b, v, to)
  if LEAVES[to] then
    redis.call('ZADD', P .. ':leftovers', now_ms() + LEAVES[to], member(b, v))
    redis.call('PEXPIRE', P .. ':checkpoints:' .. b .. ':' .. v, LEFT_MS)
  else
    redis.call('ZREM', P .. ':leftovers', member(b, v))
    redis.call('PERSIST', P .. ':checkpoints:' .. b .. ':' .. v)
  end
end

-- Clears a video of all that its ends say: an attempt has come to an end by itself, or it begins anew.
local function acquit(b, v)
  redis.call('HDEL', video_key(b, v), 'suspicions', 'unproven', 'trials', 'counted', 'trial')
end

-- Nothing of its former attempts counts any more.
local function forget_attempts(b, v)
  acquit(b, v)
  redis.call('HDEL', video_key(b, v), 'error', 'death', 'ends')
  redis.call('HSET', video_key(b, v), 'attempts', 0, 'deaths', 0, 'losses', 0)
end

-- Moves a video to another state and keeps counts, shelves and turn true.
local function move(b, v, to)
  local key = video_key(b, v)
  local from = redis.call('HGET', key, 'state')
  if from == to then return end
  redis.call('HSET', key, 'state', to)
  for state, by in pairs({ [from or ''] = -1, [to] = 1 }) do
    if state ~= '' then
      redis.call('HINCRBY', batch_key(b), 'n:' .. state, by)
      redis.call('HINCRBY', P .. ':totals', 'n:' .. state, by)
    end
  end
  if from == 'pending' then
    redis.call('HDEL', key, 'charged')
    take_off(b, v)
  elseif from == 'paused' or from == 'waiting' then
    redis.call('SREM', P .. ':' .. from .. ':' .. b, v)
  end
  if to == 'pending' then
    put(b, v)
  elseif to == 'paused' or to == 'waiting' then
    redis.call('SADD', P .. ':' .. to .. ':' .. b, v)
  end
  local open = refresh(b)
  if LEAVES[to] or LEAVES[from] then leave(b, v, to) end
  if FINAL[to] then
    redis.call('HSET', key, 'finished_ms', now_ms())
    list_finished(b, v)
    if open == 0 then report_is_due(b) end
  end
end
