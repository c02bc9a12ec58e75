-- Hands out the next stretch of a rate that all processes of a host share: a generic cell rate
-- algorithm without a burst, so that what was not used before earns nothing.
-- KEYS[1] the key prefix P. P:pace:NAME STRING "when the stretch after the last one begins" (µs)
-- ARGV: name, amount, amounts a second
-- Returns how long to wait before the amount may be used (µs). A repeat hands out another stretch.
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local key = KEYS[1] .. ':pace:' .. ARGV[1]
local start = math.max(now, tonumber(redis.call('GET', key) or 0) or 0)
local after = start + tonumber(ARGV[2]) / tonumber(ARGV[3]) * 1000000
redis.call('SET', key, string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1000)
return math.ceil(start - now)
