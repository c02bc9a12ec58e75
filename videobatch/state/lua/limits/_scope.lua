-- The limiter's keys, and what is kept of a scope: the first part of each script in `limits/`.
--
-- KEYS[1]  the key prefix P. S is a scope: a provider's account, and its model where the provider
--          counts so.
--
-- P:limit:S             HASH  what is known of the scope's limits; for a currency C:
--                             limit:C (of one window, as the server says), level:C and at:C (what is
--                             left at the server, as of when), own:C and own_at:C (the same of the
--                             user's limit), cum:C (reserved since the beginning), most:C (the most that
--                             an answer ever left), seen:C (when the
--                             call was sent whose answer was mirrored last), booked:C (wanted by those
--                             who wait), until:C (a daily quota of the server's is used up until
--                             then, ms), fixed:C and reset:C (1: a fixed window, and its end), wmax:C
--                             and cut:C (without limits from the server: the rate at the last refusal,
--                             in amounts/ms, and when that was);
--                             vtime (tag of the last call that waited), stored (bytes of uploads),
--                             sent (number of the last call), known (1: an answer has come), gate_ms
--                             (nobody is admitted before), refusals and downs (in a row), ceiling,
--                             ceiling_ms and probe_ms (calls in flight, since when, and until when
--                             they are no more), cut_sent (the last call
--                             before the last refusal), window_ms, window_n, before_n (calls of this
--                             stretch of 10 s and of the one before)
-- P:limit:S:flight      ZSET  permit -> until when it counts as in flight (ms); its process renews it
-- P:limit:S:permit:I    STRING "number sent_ms day C=amount:cum,... payer"; "settled" for a while once
--                             it is, so that a permit that is not there at all is known for a lost one
-- P:limit:S:queue       ZSET  permit that is waited for -> its tag: the lowest comes first
-- P:limit:S:due         ZSET  the same -> when it was told to ask again (ms)
-- P:limit:S:tags        HASH  batch -> the tag that it got last; gone when nobody waits
-- P:limit:S:asks        HASH  permit -> "C=amount,..."
-- P:limit:S:spent:DAY   HASH  currency -> amount of that day, but for money; settled:C -> how much of
--                             that calls have used that are over. That only grows, and who called
--                             remembers it: where it is less, Redis went back in time
-- P:limit:S:stored      ZSET  permit -> until when the provider keeps its upload (ms)
-- P:limit:S:sizes       HASH  permit -> bytes of its upload
-- P:tuned               HASH  api_share: of the servers' rates, how much may be used
-- P:limits              SET   the names of all scopes
-- P:money:DAY           HASH  money_day -> what all scopes spent on that day; settled:money_day
-- P:money_day           STRING the last day on which a call that costs money was settled
-- P:paid                HASH  batch -> what its calls cost, or may yet
-- P:paid:B              HASH  video of the batch B -> the same
-- P:paid_days           HASH  day -> the same
-- A payer is "batch/video", or empty. Days are numbered from 1970-01-01, by the scope's own offset
-- from UTC; those of money by another one, the same for all scopes.
-- Amounts are whole numbers: requests, tokens, milliseconds of sound, millionths of a dollar.
local P = KEYS[1]

local SETTLED = 'settled'
local MONEY, STORED = 'money_day', 'bytes_stored'
local LOOK_MS = 60
-- Room for an upload comes when another one is deleted.
local ROOM_LOOK_MS = 2000
-- Whoever is later than this does not hold up those behind it.
local LATE_MS = 100
-- A call that goes alone, and does not come back, is not waited for longer.
local ALONE_MS = 20000
local STALE_MS = 5000
-- What is dropped in one step; the next one drops more.
local AT_ONCE = 64
local DAY_MS = 86400000
local SPENT_KEPT_MS = 3 * DAY_MS
local PERMIT_KEPT_MS = 3600000
-- After so many failures in a row one call probes alone.
local DOWN_AFTER = 3
-- Without limits from the server the rate follows CUBIC (S. Ha, I. Rhee, L. Xu, "CUBIC: a new
-- TCP-friendly high-speed TCP variant", SIGOPS 2008): down to 0.7 of it at a refusal, back after
-- this time, beyond it afterwards.
local BETA, BACK_MS, BURST_MS = 0.7, 60000, 1000
local STRETCH_MS = 10000
-- One call more than the ceiling is tried after this time, and later after each refusal.
local PROBE_MS, MOST_PROBE_MS = 30000, 120000

local function number(value) return tonumber(value or 0) or 0 end

local function limit_scope(name, offset, money_offset)
  local t = redis.call('TIME')
  local now = tonumber(t[1]) * 1000 + tonumber(t[2]) / 1000
  local day, money_day = math.floor((now + offset) / DAY_MS), math.floor((now + money_offset) / DAY_MS)
  local key = P .. ':limit:' .. name
  return {
    key = key, flight = key .. ':flight', queue = key .. ':queue', due = key .. ':due',
    tags = key .. ':tags', asks = key .. ':asks', permit = key .. ':permit:',
    spent = key .. ':spent:' .. day, money = P .. ':money:' .. money_day, now = now,
    day = day, money_day = money_day, reset_ms = (day + 1) * DAY_MS - offset,
    money_reset_ms = (money_day + 1) * DAY_MS - money_offset,
  }
end

-- Where a day's use of a currency is counted.
local function spent_key(scope, name, day, money_day)
  if name == MONEY then return P .. ':money:' .. money_day end
  return scope.key .. ':spent:' .. day
end

-- Adds to what the payer's calls cost.
local function charge(payer, money_day, micros)
  if micros == 0 then return end
  local text = string.format('%.0f', micros)
  redis.call('HINCRBY', P .. ':paid_days', money_day, text)
  local batch, video = string.match(payer, '^([^/]+)/(.+)$')
  if batch then
    redis.call('HINCRBY', P .. ':paid', batch, text)
    redis.call('HINCRBY', P .. ':paid:' .. batch, video, text)
  end
end

-- Notes that so much of a day's amount was really used; the day's sum of that.
local function note_settled(scope, name, day, money_day, amount)
  local key = spent_key(scope, name, day, money_day)
  if name == MONEY and amount > 0 and number(redis.call('GET', P .. ':money_day')) < number(money_day) then
    redis.call('SET', P .. ':money_day', money_day, 'PX', SPENT_KEPT_MS)
  end
  local sum = redis.call('HINCRBY', key, SETTLED .. ':' .. name, string.format('%.0f', amount))
  if sum == amount then redis.call('PEXPIRE', key, SPENT_KEPT_MS) end
  return sum
end

-- Counts again what was spent on a day and forgotten, where somebody saw a higher sum of what was
-- settled than there is: how much.
local function recall_spent(scope, name, day, money_day, seen)
  local key = spent_key(scope, name, day, money_day)
  local lost = seen - number(redis.call('HGET', key, SETTLED .. ':' .. name))
  if lost <= 0 then return 0 end
  note_settled(scope, name, day, money_day, lost)
  redis.call('HINCRBY', key, name, string.format('%.0f', lost))
  redis.call('PEXPIRE', key, SPENT_KEPT_MS)
  if name == MONEY then charge('', money_day, lost) end
  return lost
end

local function limit_state(scope)
  local state, flat = {}, redis.call('HGETALL', scope.key)
  for i = 1, #flat, 2 do state[flat[i]] = flat[i + 1] end
  state.share = tonumber(redis.call('HGET', P .. ':tuned', 'api_share') or 1) or 1
  return state
end

-- Changes of the hash are gathered, and written in one step.
local function change(changes, name, value)
  changes[#changes + 1] = name
  changes[#changes + 1] = value
end
