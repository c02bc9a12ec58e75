-- Fencing tokens, and tickets: numbers that grow whatever Redis loses.

-- A fencing token is "<order>-<nonce>". Its order grows from claim to claim: Redis' clock in ms, at
-- least one more than the former one's. The nonce comes from the claimer, since chance in a script is
-- the same at each run. So no token is given twice, not even by a Redis that has lost its last writes.
local function order_of(token) return number(string.match(token or '', '^%d+')) end
local function next_order(token, past_ms)
  return string.format('%.0f', math.max(order_of(token) + 1, number(past_ms) + 1, now_ms()))
end

-- A number that is higher at each call, also after a loss of Redis' last writes: its clock in us.
local function ticket()
  local t = redis.call('TIME')
  local last = number(redis.call('GET', P .. ':ticket'))
  local n = string.format('%.0f', math.max(tonumber(t[1]) * 1e6 + tonumber(t[2]), last + 1))
  redis.call('SET', P .. ':ticket', n)
  return n
end

-- The batch has come to an end, or ended otherwise than its report says.
local function report_is_due(b) redis.call('HSET', P .. ':reports', b, ticket()) end
