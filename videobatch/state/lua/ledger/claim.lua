-- Takes a pending video for a worker's child: the named one, else the best that fits.
-- Repeated by the same worker and pid before it wrote anything, it gives the same claim again.
-- ARGV: batch, video, worker, host, pid, free memory (bytes, -1 = do not ask), lease (ms), how long
--       a video counts as young (ms), nonce of the token
-- Returns {}; {'wait'} where this host is kept for a video that is to run with nothing beside it: ask
-- again, naming none; where none of those that wait has room {need, promised, its decline (bytes/s)}, of
-- the one that lacks least; or {batch, video, token, attempt, job, publish_only (0|1), result or '', when it
-- was wished for (ms), checkpoint names and texts...}
local b, v, worker, host, pid = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local free, lease_ms, young_ms = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local first_here = number(redis.call('HGET', P .. ':hosts', host)) == 0
local promised, declines = 0, 0
if free >= 0 then promised, declines = promised_to_young(host, young_ms) end
local least

-- Beside what is in use, what the host's youngest videos have not yet taken is not free.
local function fits(kind)
  if free < 0 or first_here then return true end
  local need = learned_need(kind)
  if need <= free - promised then return true end
  least = math.min(least or need, need)
  return false
end

local function answer(cb, cv, publish_only)
  local key = video_key(cb, cv)
  local token, attempts, deaths, losses, job, result, wished_ms = unpack(
    redis.call('HMGET', key, 'token', 'attempts', 'deaths', 'losses', 'job', 'result', 'wished_ms'))
  -- Tries that ended with their worker are counted on their own, and do not use up the retries.
  local try = number(attempts) - number(deaths) - number(losses)
  local reply = { cb, cv, token, try, job, publish_only, result or '', wished_ms or 0 }
  for _, text in ipairs(redis.call('HGETALL', P .. ':checkpoints:' .. cb .. ':' .. cv)) do
    reply[#reply + 1] = text
  end
  return reply
end

local function take(cb, cv)
  local key = video_key(cb, cv)
  -- Where its lease lapsed, the former holder's list still names it.
  local before = redis.call('HGET', key, 'owner')
  if before then redis.call('HDEL', P .. ':held:' .. before, member(cb, cv)) end
  redis.call('HSET', key, 'owner', worker, 'pid', pid, 'host', host)
  if free >= 0 then promise(host, cb, cv, young_ms) end
  hold(cb, cv, lease_ms)
end

unhint(b, v)
local state, owner, owner_pid, kind = unpack(redis.call('HMGET', video_key(b, v), 'state', 'owner', 'pid', 'kind'))
if (state == 'running' or state == 'committed') and owner == worker and owner_pid == pid then
  return answer(b, v, state == 'committed' and 1 or 0)
end
if state == 'committed' and number(redis.call('ZSCORE', P .. ':leases', member(b, v))) <= now_ms() then
  let_go(b, v)
  take(b, v)
  return answer(b, v, 1)
end
local trial, tried_batch, tried = trial_here(host)
if trial == 'wait' then return { 'wait' } end
if trial == 'take' then
  b, v = tried_batch, tried
elseif not (state == 'pending' and is_open(b) and not on_trial(b, v) and fits(kind)) then
  b, v = best(fits, false)
  if not b then
    if not least then return {} end
    redis.call('SET', P .. ':no_room:' .. host, 1, 'PX', NO_ROOM_MS)
    return { math.floor(least), math.floor(promised), math.floor(declines) }
  end
end
redis.call('ZREM', P .. ':hints', member(b, v))
charge_turn(b, v)
local key = video_key(b, v)
local former, wished_ms = unpack(redis.call('HMGET', key, 'token', 'wished_ms'))
if not former then
  observe('wait', (now_ms() - number(redis.call('HGET', batch_key(b), 'submitted_ms'))) / 1000)
end
redis.call('HINCRBY', key, 'attempts', 1)
redis.call('HSET', key, 'token', next_order(former, wished_ms) .. '-' .. ARGV[9], 'started_ms', now_ms(), 'stage_ms', now_ms())
redis.call('HDEL', key, 'stage', 'done', 'total', 'lapsed')
redis.call('PERSIST', P .. ':checkpoints:' .. b .. ':' .. v)
move(b, v, 'running')
take(b, v)
if trial then begin_trial(host, b, v) end
feed()
return answer(b, v, 0)
