-- Renews a mark that its process remembers, and with it the sum of money that was settled, as that
-- process saw it. Where Redis has less than what was seen, it went back in time: then what was spent
-- counts again. Safe to repeat.
-- ARGV: name of the process, mark that it renewed last (ms, -1: none), how long the mark is kept (ms),
--       the day of which it knows the sum (-1: of none), that sum (millionths of a dollar)
-- Returns {the mark now (ms), how much later than what Redis has the last one was (ms, 0: it has it, -1:
-- it has none), money that counts again, the last day of which there is a sum (-1: none), that sum}
local key, seen = P .. ':beat:' .. ARGV[1], tonumber(ARGV[2])
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local found = redis.call('GET', key)
local behind = 0
-- One that it has not renewed for long has expired.
if seen >= 0 and (found or now - seen < tonumber(ARGV[3]) / 2) then
  behind = found and math.max(0, seen - tonumber(found)) or -1
end
local mark = string.format('%.0f', math.max(now, seen + 1, number(found)))
redis.call('SET', key, mark, 'PX', ARGV[3])

local scope = limit_scope('', 0, 0)
local recalled = tonumber(ARGV[4]) >= 0 and recall_spent(scope, MONEY, ARGV[4], ARGV[4], tonumber(ARGV[5])) or 0
local day = redis.call('GET', P .. ':money_day') or '-1'
local sum = number(redis.call('HGET', spent_key(scope, MONEY, day, day), SETTLED .. ':' .. MONEY))
return { mark, string.format('%.0f', behind), string.format('%.0f', recalled), day, string.format('%.0f', sum) }
