-- Who holds a video: leases, holders' lists and counts of hosts.

local function count(name, holder, by)
  if redis.call('HINCRBY', P .. name, holder, by) <= 0 then redis.call('HDEL', P .. name, holder) end
end

-- Its host is no longer kept for it alone.
local function free_host(b, v, host)
  redis.call('HDEL', video_key(b, v), 'alone')
  if host and redis.call('GET', alone_key(host)) == member(b, v) then redis.call('DEL', alone_key(host)) end
end

-- Forgets who held a running video: lease, worker's list, host's count.
local function let_go(b, v)
  local key = video_key(b, v)
  local owner, host = unpack(redis.call('HMGET', key, 'owner', 'host'))
  redis.call('ZREM', P .. ':leases', member(b, v))
  if owner then
    redis.call('HDEL', P .. ':held:' .. owner, member(b, v))
    count(':owners', owner, -1)
  end
  if host then
    count(':hosts', host, -1)
    redis.call('HDEL', P .. ':young:' .. host, member(b, v))
  end
  free_host(b, v, host)
  redis.call('HDEL', key, 'host', 'pid')
end

-- The lease of a running video ended. Whoever held it may regain it while nobody has taken it, so
-- the worker's list keeps it for a while; a worker that is gone leaves no list behind.
local LISTED_AFTER_MS = 60000
local function lapse(b, v)
  local key = video_key(b, v)
  local owner, host = unpack(redis.call('HMGET', key, 'owner', 'host'))
  redis.call('ZREM', P .. ':leases', member(b, v))
  count(':hosts', host, -1)
  count(':owners', owner, -1)
  redis.call('PEXPIRE', P .. ':held:' .. owner, LISTED_AFTER_MS)
  free_host(b, v, host)
  redis.call('HSET', key, 'lapsed', 1)
end

-- Forgets who may regain a lapsed video.
local function forget_lapsed(b, v)
  local key = video_key(b, v)
  local owner, lapsed = unpack(redis.call('HMGET', key, 'owner', 'lapsed'))
  if lapsed ~= '1' then return end
  redis.call('HDEL', key, 'lapsed')
  redis.call('HDEL', P .. ':held:' .. owner, member(b, v))
end

-- Ends every token that was given for a video which nobody holds: its wish is another one now, or is
-- told anew, and what was begun for the earlier one is refused. An order without a nonce is nobody's.
local function begin_wish(b, v)
  local key = video_key(b, v)
  forget_lapsed(b, v)
  local token, wished_ms = unpack(redis.call('HMGET', key, 'token', 'wished_ms'))
  local order = next_order(token, wished_ms)
  redis.call('HSET', key, 'wished_ms', order)
  if token then redis.call('HSET', key, 'token', order) end
end

-- Enters a video as held by the owner, host and process that stand in its hash.
local function hold(b, v, lease_ms)
  local owner, host, pid, token = unpack(redis.call('HMGET', video_key(b, v), 'owner', 'host', 'pid', 'token'))
  count(':hosts', host, 1)
  count(':owners', owner, 1)
  redis.call('HSET', P .. ':held:' .. owner, member(b, v), token .. ' ' .. pid)
  redis.call('PERSIST', P .. ':held:' .. owner)
  redis.call('ZADD', P .. ':leases', now_ms() + lease_ms, member(b, v))
end

-- The loss that was counted last was none.
local function take_back_loss(b, v)
  local key = video_key(b, v)
  local counter, ends = unpack(redis.call('HMGET', key, 'counted', 'ends'))
  if counter then redis.call('HINCRBY', key, counter, -1) end
  redis.call('HDEL', key, 'counted', 'death')
  if ends then redis.call('HSET', key, 'ends', string.match(ends, '^(.*)\n') or '') end
end

-- Gives a lapsed video that nobody has taken back to its own token; true if it did.
local function regain(b, v, token, lease_ms)
  local key = video_key(b, v)
  local held, state, lapsed = unpack(redis.call('HMGET', key, 'token', 'state', 'lapsed'))
  if held ~= token or state ~= 'pending' or lapsed ~= '1' then return false end
  redis.call('HDEL', key, 'lapsed')
  redis.call('HINCRBY', key, 'losses', -1)
  take_back_loss(b, v)
  redis.call('ZREM', P .. ':hints', member(b, v))
  hold(b, v, lease_ms)
  move(b, v, 'running')
  return true
end

-- True where `token` still owns the video and it is in one of the two states.
local function owns(b, v, token, state, other)
  local held, is = unpack(redis.call('HMGET', video_key(b, v), 'token', 'state'))
  return held == token and (is == state or is == other)
end
