-- Those who wait for a permit, and in which order they get it.

local function each_amount(text, visit)
  for name, amount in string.gmatch(text, '([%w_]+)=(%-?%d+)') do visit(name, tonumber(amount)) end
end

local function unbook(scope, id)
  local text = redis.call('HGET', scope.asks, id)
  if not text then return end
  each_amount(text, function(name, amount)
    redis.call('HINCRBY', scope.key, 'booked:' .. name, -amount)
  end)
  redis.call('HDEL', scope.asks, id)
  redis.call('ZREM', scope.due, id)
  redis.call('ZREM', scope.queue, id)
  if redis.call('ZCARD', scope.queue) == 0 then redis.call('DEL', scope.tags) end
end

-- Fair between batches: self-clocked fair queueing (S. J. Golestani, INFOCOM 1994), each call of one
-- size. A refused call comes before all.
local function tag_of(scope, state, batch, again)
  if again then return -1 end
  return math.max(number(state.vtime), number(redis.call('HGET', scope.tags, batch))) + 1
end

local function book(scope, id, needs, until_ms, rank, tag, batch)
  redis.call('ZADD', scope.due, until_ms, id)
  if rank then return end
  redis.call('ZADD', scope.queue, tag, id)
  if tag >= 0 then redis.call('HSET', scope.tags, batch, tag) end
  local parts = {}
  for _, need in ipairs(needs) do
    if not need.is_fuse and need.name ~= STORED then
      parts[#parts + 1] = need.name .. '=' .. need.amount
      redis.call('HINCRBY', scope.key, 'booked:' .. need.name, need.amount)
    end
  end
  redis.call('HSET', scope.asks, id, table.concat(parts, ','))
end

-- Whoever did not ask when it was told to is gone.
local function drop_stale_asks(scope)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', scope.due, '-inf', scope.now - STALE_MS, 'LIMIT', 0, AT_ONCE)) do
    unbook(scope, id)
  end
end

-- How many of those with a lower tag will come for their permit.
local function ahead_of(scope, place)
  if place == 0 then return 0 end
  local late = redis.call('ZCOUNT', scope.due, '-inf', scope.now - LATE_MS)
  if late == 0 then return place end
  local ids = redis.call('ZRANGE', scope.queue, 0, math.min(place, 64) - 1)
  local ahead = place - #ids
  for _, due in ipairs(redis.call('ZMSCORE', scope.due, unpack(ids))) do
    if number(due) > scope.now - LATE_MS then ahead = ahead + 1 end
  end
  return ahead
end
