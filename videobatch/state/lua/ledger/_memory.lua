-- Memory. A video is young until it has taken what it will, and takes it evenly until then; a host
-- is said to have no room for some seconds after nothing that waits has fitted.
local NO_ROOM_MS, LEARNED_AFTER, MEMORY_MODE, MIB = 5000, 8, 1.5, 1048576

-- What videos of the same kind took: the 95th percentile and the mean of the last ones; until there
-- are some, what the kind's name says.
local needs_read, memory_mode = {}, nil
local function learned_need(kind)
  local known = needs_read[kind]
  if known then return known[1], known[2] end
  if memory_mode == nil then memory_mode = redis.call('HGET', P .. ':tuned', 'memory_mode') == '1' end
  local p95, mean, n = unpack(redis.call('HMGET', P .. ':need:' .. kind, 'p95', 'mean', 'n'))
  if number(n) < LEARNED_AFTER then
    p95 = number(string.match(kind, '@(%d+)$')) * MIB
    mean = p95
  end
  local factor = memory_mode and MEMORY_MODE or 1
  needs_read[kind] = { factor * number(p95), factor * number(mean) }
  return unpack(needs_read[kind])
end

-- What they have yet to take (bytes), and by how much that declines (bytes/s).
local function promised_to_young(host, young_ms)
  local key, sum, slope = P .. ':young:' .. host, 0, 0
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local since, bytes = string.match(flat[i + 1], '^(%d+) (%d+)$')
    local left_ms = number(since) + young_ms - now_ms()
    if left_ms < 0 then
      redis.call('HDEL', key, flat[i])
    else
      sum = sum + number(bytes) * math.min(1, left_ms / young_ms)
      slope = slope + number(bytes) * 1000 / young_ms
    end
  end
  return sum, slope
end

local function promise(host, b, v, young_ms)
  local _, usual = learned_need(get(b, v, 'kind'))
  local key = P .. ':young:' .. host
  redis.call('HSET', key, member(b, v), string.format('%.0f %.0f', now_ms(), usual))
  redis.call('PEXPIRE', key, young_ms)
end
