-- Shared by every script: it is put in front of each of them.
--
-- KEYS[1]  the key prefix P, for example "videobatch". All other keys are built from it, so the
--          scripts need a Redis that is not a cluster (so does Celery's Redis transport).
-- ARGV     as each script says at its head.
--
-- P:batches               ZSET  batch -> created (ms)
-- P:batch:B               HASH  name, out_uri, root_uri, template, provider, state (open | paused |
--                               cancelled), halt (1: running videos stop too, a person's word),
--                               pause:CAUSE for each reason why it is paused (JSON), created_ms, submitted_ms, weight,
--                               total, n:<state> for each state, ended (place of the last end)
-- P:videos:B              ZSET  video -> place in the order of submission
-- P:pending:B             ZSET  video -> rank (lowest first: highest priority, then longest)
-- P:video:B:V             HASH  job, name, fingerprint, identity (the wish, that is fingerprint and
--                               salt, and the file: "wish size mtime"), wished_ms (when that came;
--                               later than all that was made of an earlier one), state, token, cost, need, rank, attempts,
--                               deaths, losses, owner, pid, host, stage, done, total, stage_ms,
--                               started_ms, finished_ms, error, result, lapsed (1: its lease ended
--                               and nobody has taken it since), halt (pause | cancel: what becomes
--                               of it when its worker stops, which it shall), commits (how many
--                               attempts were committed, since it was added first), death (how the
--                               last try ended that ended with its process or its worker)
-- P:checkpoints:B:V       HASH  checkpoint name -> JSON
-- P:paused:B              SET   videos that were paused one by one
-- P:finished:B            ZSET  video in a final state -> place in the order of the ends (µs)
-- P:turns                 ZSET  open batch with pending videos -> cost served so far / weight
-- P:leases                ZSET  "B/V" of running and committed videos -> expiry (ms, Redis' clock)
-- P:held:W                HASH  "B/V" -> "token pid", what worker W holds
-- P:hosts                 HASH  host -> number of videos running there
-- P:young:H               HASH  "B/V" that runs on host H since a short while -> "since (ms) bytes"
-- P:no_room:H             STRING there is one while host H has room for none of those that wait
-- P:needs:E               LIST  bytes that the last videos of the estimate E took
-- P:need:E                HASH  p95, mean, n of those
-- P:waiting               ZSET  "B/V" -> time of its next try (ms)
-- P:hints                 ZSET  "B/V" -> when its message was published (ms)
-- P:dead                  ZSET  "B/V" -> when it was given up (ms)
-- P:reports               HASH  batch whose report is to be written -> the ticket of its end
-- P:order:F               STRING who holds the folder F of the output, see order.lua
-- P:ticket                STRING the last ticket
-- P:publishing            HASH  queue, message (a ready Celery message with {batch_id}, {video_id},
--                               {task_id} in it), sequence, window
-- P:swept_ms              the last sweep
-- P:leader                HASH  name, token, until_ms, lost (who led before, if it went without a word)
-- P:control:state         STRING what the controller remembers (JSON)
-- P:control:ticks         STREAM tick: snapshot and decisions of each second (JSON)
-- P:control:decisions     STREAM decision: those that changed something (JSON)
-- P:control:suggestions   STREAM suggestion: of the slow loop (JSON)
-- P:control:tuning        STRING what the slow loop has put in force (JSON)
-- P:tuned                 HASH  api_share, memory_mode: the same for the scripts
-- P:schema                STRING the version of all this that is in force (schema.py)
-- P:latency:NAME          see _latency.lua
-- P:life                  a mark that is made once, by which a Redis that came back empty is known
-- P:samples:W, P:alive:W, P:workers   see samples.py
local P = KEYS[1]

local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function video_key(b, v) return P .. ':video:' .. b .. ':' .. v end
local function batch_key(b) return P .. ':batch:' .. b end
local function pending_key(b) return P .. ':pending:' .. b end
local function member(b, v) return b .. '/' .. v end
local function split(m) return string.match(m, '^(.-)/(.*)$') end
local function number(value) return tonumber(value or 0) or 0 end

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

local function get(b, v, field) return redis.call('HGET', video_key(b, v), field) end

local OPEN = { 'pending', 'running', 'waiting', 'committed', 'paused' }
local FINAL = { done = true, partial = true, failed = true, dead = true, cancelled = true }

local function open_count(b)
  local n = 0
  for _, state in ipairs(OPEN) do n = n + number(redis.call('HGET', batch_key(b), 'n:' .. state)) end
  return n
end

-- The batch gets its turn only while it is open and has something pending. A batch that joins
-- starts at the least cost served among those present, so that it neither starves nor is starved.
local function refresh_turn(b)
  local open = redis.call('HGET', batch_key(b), 'state') == 'open'
  if open and redis.call('ZCARD', pending_key(b)) > 0 then
    if not redis.call('ZSCORE', P .. ':turns', b) then
      local first = redis.call('ZRANGE', P .. ':turns', 0, 0, 'WITHSCORES')
      redis.call('ZADD', P .. ':turns', number(first[2]), b)
    end
  else
    redis.call('ZREM', P .. ':turns', b)
  end
end

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

-- Moves a video to another state and keeps counts, pending set and turn true.
local function move(b, v, to)
  local key = video_key(b, v)
  local from = redis.call('HGET', key, 'state')
  if from == to then return end
  redis.call('HSET', key, 'state', to)
  if from then redis.call('HINCRBY', batch_key(b), 'n:' .. from, -1) end
  redis.call('HINCRBY', batch_key(b), 'n:' .. to, 1)
  if to == 'pending' then
    redis.call('ZADD', pending_key(b), number(redis.call('HGET', key, 'rank')), v)
  elseif from == 'pending' then
    redis.call('ZREM', pending_key(b), v)
  end
  if to == 'pending' or from == 'pending' then refresh_turn(b) end
  if to == 'paused' then redis.call('SADD', P .. ':paused:' .. b, v) end
  if from == 'paused' then redis.call('SREM', P .. ':paused:' .. b, v) end
  if FINAL[to] then
    redis.call('HSET', key, 'finished_ms', now_ms())
    list_finished(b, v)
    if open_count(b) == 0 then report_is_due(b) end
  end
end

-- Forgets who held a running video: lease, worker's list, host's count.
local function let_go(b, v)
  local key = video_key(b, v)
  local owner, host = unpack(redis.call('HMGET', key, 'owner', 'host'))
  redis.call('ZREM', P .. ':leases', member(b, v))
  if owner then redis.call('HDEL', P .. ':held:' .. owner, member(b, v)) end
  if host and redis.call('HINCRBY', P .. ':hosts', host, -1) <= 0 then
    redis.call('HDEL', P .. ':hosts', host)
  end
  if host then redis.call('HDEL', P .. ':young:' .. host, member(b, v)) end
  redis.call('HDEL', key, 'host', 'pid')
end

-- Memory. A video is young until it has taken what it will, and takes it evenly until then; a host
-- is said to have no room for some seconds after nothing that waits has fitted.
local NO_ROOM_MS, LEARNED_AFTER, MEMORY_MODE = 5000, 8, 1.5

-- What videos of the same estimate took: the 95th percentile and the mean of the last ones; the
-- estimate itself until there are some.
local needs_read = {}
local function learned_need(b, v)
  local estimate = get(b, v, 'need') or '0'
  local known = needs_read[estimate]
  if not known then
    local p95, mean, n = unpack(redis.call('HMGET', P .. ':need:' .. estimate, 'p95', 'mean', 'n'))
    known = number(n) >= LEARNED_AFTER and { number(p95), number(mean) }
      or { number(estimate), number(estimate) }
    if redis.call('HGET', P .. ':tuned', 'memory_mode') == '1' then
      known = { MEMORY_MODE * known[1], MEMORY_MODE * known[2] }
    end
    needs_read[estimate] = known
  end
  return known[1], known[2]
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
  local _, usual = learned_need(b, v)
  local key = P .. ':young:' .. host
  redis.call('HSET', key, member(b, v), string.format('%.0f %.0f', now_ms(), usual))
  redis.call('PEXPIRE', key, young_ms)
end

-- The lease of a running video ended. Whoever held it may regain it while nobody has taken it, so
-- the worker's list keeps it for a while; a worker that is gone leaves no list behind.
local LISTED_AFTER_MS = 60000
local function lapse(b, v)
  local key = video_key(b, v)
  local owner, host = unpack(redis.call('HMGET', key, 'owner', 'host'))
  redis.call('ZREM', P .. ':leases', member(b, v))
  if redis.call('HINCRBY', P .. ':hosts', host, -1) <= 0 then redis.call('HDEL', P .. ':hosts', host) end
  redis.call('PEXPIRE', P .. ':held:' .. owner, LISTED_AFTER_MS)
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
  redis.call('HINCRBY', P .. ':hosts', host, 1)
  redis.call('HSET', P .. ':held:' .. owner, member(b, v), token .. ' ' .. pid)
  redis.call('PERSIST', P .. ':held:' .. owner)
  redis.call('ZADD', P .. ':leases', now_ms() + lease_ms, member(b, v))
end

-- Gives a lapsed video that nobody has taken back to its own token; true if it did.
local function regain(b, v, token, lease_ms)
  local key = video_key(b, v)
  local held, state, lapsed = unpack(redis.call('HMGET', key, 'token', 'state', 'lapsed'))
  if held ~= token or state ~= 'pending' or lapsed ~= '1' then return false end
  redis.call('HDEL', key, 'lapsed')
  redis.call('HINCRBY', key, 'losses', -1)
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

-- How the id of every message for this video begins; ids are of [A-Za-z0-9._-] only.
local function hint_id(b, v) return b .. ':' .. v .. ':' end

local function publish(b, v, at_head)
  local queue, message = unpack(redis.call('HMGET', P .. ':publishing', 'queue', 'message'))
  if not queue then return end
  redis.call('ZADD', P .. ':hints', now_ms(), member(b, v))
  local sequence = redis.call('HINCRBY', P .. ':publishing', 'sequence', 1)
  local id = hint_id(b, v) .. sequence .. '-' .. now_ms()
  local text = message:gsub('{batch_id}', b):gsub('{video_id}', v):gsub('{task_id}', id)
  redis.call(at_head and 'RPUSH' or 'LPUSH', queue, text)
end

-- True where a person wants a running video to stop.
local function is_halted(b, v)
  return redis.call('HGET', batch_key(b), 'halt') == '1' or get(b, v, 'halt') ~= false
end

-- Puts a video that nobody works on any more to rest: it waits for its turn, or becomes what a
-- person asked for. Returns its new state.
local function rest(b, v)
  local key, state = video_key(b, v), redis.call('HGET', batch_key(b), 'state')
  local halt = redis.call('HGET', key, 'halt')
  redis.call('HDEL', key, 'halt')
  local to = 'pending'
  if state == 'cancelled' or halt == 'cancel' then
    to = 'cancelled'
  elseif halt == 'pause' then
    to = 'paused'
  end
  move(b, v, to)
  return to
end

-- Whether a batch is paused stands in its state; why, in as many fields as there are reasons.
local function is_paused_for_anything(b)
  for _, field in ipairs(redis.call('HKEYS', batch_key(b))) do
    if string.find(field, 'pause:', 1, true) == 1 then return true end
  end
  return false
end

-- Takes every reason off, the engine's too, and lets running videos go on: a person's word.
local function lift_pauses(b)
  for _, field in ipairs(redis.call('HKEYS', batch_key(b))) do
    if string.find(field, 'pause:', 1, true) == 1 then redis.call('HDEL', batch_key(b), field) end
  end
  redis.call('HDEL', batch_key(b), 'halt')
end

local function is_open(b) return redis.call('HGET', batch_key(b), 'state') == 'open' end

-- The pending video whose turn it is, or nil. `fits(b, v)` may refuse; `served` adds cost that is
-- promised but not yet claimed. Looks at 16 batches and 64 videos of each at most.
local function best(fits, served)
  local turns = redis.call('ZRANGE', P .. ':turns', 0, 15, 'WITHSCORES')
  local order = {}
  for i = 1, #turns, 2 do
    order[#order + 1] = { turns[i], tonumber(turns[i + 1]) + (served[turns[i]] or 0) }
  end
  table.sort(order, function(x, y) return x[2] < y[2] or (x[2] == y[2] and x[1] < y[1]) end)
  for _, turn in ipairs(order) do
    local b = turn[1]
    for _, v in ipairs(redis.call('ZRANGE', pending_key(b), 0, 63)) do
      if fits(b, v) then return b, v end
    end
  end
end

local function share(b, v)
  local weight = number(redis.call('HGET', batch_key(b), 'weight'))
  return number(get(b, v, 'cost')) / (weight > 0 and weight or 1)
end

-- Fills the queue up to the window with messages for the videos whose turn is next.
local function feed()
  if redis.call('HEXISTS', P .. ':publishing', 'queue') == 0 then return 0 end
  local room = number(redis.call('HGET', P .. ':publishing', 'window'))
    - redis.call('ZCARD', P .. ':hints')
  if room <= 0 then return 0 end
  local served = {}
  for _, m in ipairs(redis.call('ZRANGE', P .. ':hints', 0, -1)) do
    local b, v = split(m)
    served[b] = (served[b] or 0) + share(b, v)
  end
  local fed = 0
  while fed < room do
    local b, v = best(function(b, v) return not redis.call('ZSCORE', P .. ':hints', member(b, v)) end, served)
    if not b then break end
    publish(b, v, false)
    served[b] = (served[b] or 0) + share(b, v)
    fed = fed + 1
  end
  return fed
end
