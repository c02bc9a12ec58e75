-- Shared by every script: it is put in front of each of them.
--
-- KEYS[1]  the key prefix P, for example "videobatch". All other keys are built from it, so the
--          scripts need a Redis that is not a cluster (so does Celery's Redis transport).
-- ARGV     as each script says at its head.
--
-- P:batches               ZSET  batch -> created (ms)
-- P:batches:STATE         SET   batches in that state (open, paused, cancelled) with open videos
-- P:totals                HASH  n:<state> of all batches; ready: pending videos of open batches
-- P:batch:B               HASH  name, out_uri, root_uri, template, provider, state (open | paused |
--                               cancelled), halt (1: running videos stop too, a person's word),
--                               pause:CAUSE for each reason why it is paused (JSON), created_ms,
--                               submitted_ms, weight, total, n:<state> for each state, ended (place
--                               of the last end), list (the P:batches:STATE that it is in, or
--                               finished), ready (what it adds to P:totals), forgetting (1: a
--                               person wants it forgotten, and that has begun), unwritten:REASON
--                               (documents made without their language model), umask (of who submitted)
-- P:videos:B              ZSET  video -> place in the order of submission
-- P:kinds:B               SET   the kinds of its videos
-- P:shelf:S:B             ZSET  pending video -> rank (lowest first: highest priority, then longest),
--                               on the shelf S, which is "KIND:hinted" while P:hints has the video,
--                               else "KIND:new"
-- P:video:B:V             HASH  job, name, fingerprint, identity (the wish, that is fingerprint and
--                               salt, and the file: "wish size mtime"), wished_ms (when that came;
--                               later than all that was made of an earlier one), state, token, cost,
--                               kind (NAME@MiB: what it is, and what one of these is thought to
--                               need), rank, charged (1: its cost stands in its batch's turn
--                               already), attempts,
--                               deaths, losses, owner, pid, host, stage, done, total, stage_ms,
--                               started_ms, finished_ms, error, result, lapsed (1: its lease ended
--                               and nobody has taken it since), halt (pause | cancel: what becomes
--                               of it when its worker stops, which it shall), commits (how many
--                               attempts were committed, since it was added first), unwritten (why
--                               its language model wrote nothing), death (how the
--                               last try ended that ended with its process or its worker),
--                               ends (how each try ended that ended so, the newest last, JSON in
--                               lines), suspicions, unproven, trials (how many of them were of which
--                               kind since it was cleared last), counted (which of those the newest
--                               was), trial (since when its next try is to have its host to itself,
--                               ms), alone (1: this one has)
-- P:trials:B              ZSET  pending video on trial (on no shelf) -> since (ms)
-- P:trials                ZSET  open batch with such a one -> since (ms)
-- P:trial:B/V             STRING host that is being kept for it
-- P:alone:H               STRING "B/V" that host H is kept for, or that runs there alone
-- P:checkpoints:B:V       HASH  checkpoint name -> JSON
-- P:paused:B              SET   videos that were paused one by one
-- P:waiting:B             SET   its videos in P:waiting
-- P:finished:B            ZSET  video in a final state -> place in the order of the ends (µs)
-- P:turns                 ZSET  open batch with pending videos -> cost served and hinted / weight
-- P:turns:S               ZSET  the same, of those with something on the shelf S
-- P:shelves               SET   the shelves for which there is one
-- P:leases                ZSET  "B/V" of running and committed videos -> expiry (ms, Redis' clock)
-- P:held:W                HASH  "B/V" -> "token pid", what worker W holds
-- P:hosts                 HASH  host -> number of videos running there
-- P:owners                HASH  owner -> number of leases that it has
-- P:young:H               HASH  "B/V" that runs on host H since a short while -> "since (ms) bytes"
-- P:no_room:H             STRING there is one while host H has room for none of those that wait
-- P:needs:K               LIST  bytes that the last videos of the kind K took
-- P:need:K                HASH  p95, mean, n of those
-- P:waiting               ZSET  "B/V" -> time of its next try (ms)
-- P:hints                 ZSET  "B/V" -> when its message was published (ms)
-- P:dead                  ZSET  "B/V" -> when it was given up (ms)
-- P:reports               HASH  batch whose report is to be written -> the ticket of its end
-- P:leftovers             ZSET  "B/V" that failed, died or was cancelled -> when the files that its
--                               attempts left go (ms)
-- P:order:F               STRING who holds the folder F of the output, see order.lua
-- P:ticket                STRING the last ticket
-- P:publishing            HASH  queue, message (a ready Celery message with {batch_id}, {video_id},
--                               {task_id} in it), sequence, window
-- P:swept_ms              the last sweep
-- P:prolonging            STRING to when leases are being prolonged, after a time without sweeps (ms)
-- P:missed                HASH  worker whose connection is gone -> since (s), see presence.py
-- P:presence              STRING somebody has just looked for such ones
-- P:migrating             STRING who brings the ledger to the present version, see schema.py
-- P:looked_ms             when somebody last looked for lost messages
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
-- P:beat:N                STRING the mark of process N (ms), see beat.lua
-- P:samples:W, P:alive:W, P:workers   see samples.py
local P = KEYS[1]

-- A ledger that came back from a backup, or was written by another version, is not touched.
local SCHEMA = 2
local in_force = redis.call('GET', P .. ':schema')
if in_force and tonumber(in_force) ~= SCHEMA then
  return redis.error_reply('SCHEMA the ledger is of version ' .. in_force)
end

local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function video_key(b, v) return P .. ':video:' .. b .. ':' .. v end
local function batch_key(b) return P .. ':batch:' .. b end
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

local OPEN_FIELDS = {}
for i, state in ipairs(OPEN) do OPEN_FIELDS[i] = 'n:' .. state end

local function open_count(b)
  local n = 0
  for _, count in ipairs(redis.call('HMGET', batch_key(b), unpack(OPEN_FIELDS))) do n = n + number(count) end
  return n
end

-- Shelves. A pending video stands on one, by its kind and by whether its message is out; a batch has
-- the same turn on each shelf where it has something, and none where it has nothing. There are few
-- kinds, so the best video that fits is the best of few firsts, whatever stands behind them.

local function turns_key(shelf) return P .. ':turns:' .. shelf end
local function shelf_key(shelf, b) return P .. ':shelf:' .. shelf .. ':' .. b end
local function shelves_of(kind) return { kind .. ':new', kind .. ':hinted' } end

local function show(b, shelf, turn)
  redis.call('ZADD', turns_key(shelf), turn, b)
  redis.call('SADD', P .. ':shelves', shelf)
end

local function hide(b, shelf)
  if redis.call('ZREM', turns_key(shelf), b) == 1 and redis.call('EXISTS', turns_key(shelf)) == 0 then
    redis.call('SREM', P .. ':shelves', shelf)
  end
end

local function each_shelf(b, visit)
  for _, kind in ipairs(redis.call('SMEMBERS', P .. ':kinds:' .. b)) do
    for _, shelf in ipairs(shelves_of(kind)) do visit(shelf) end
  end
end

local function on_trial(b, v) return get(b, v, 'trial') ~= false end
local function alone_key(host) return P .. ':alone:' .. host end
local function trials_key(b) return P .. ':trials:' .. b end

-- Lists the batch among those with something on trial, while it is open and has it.
local function list_trials(b)
  local oldest = redis.call('ZRANGE', trials_key(b), 0, 0, 'WITHSCORES')[2]
  if oldest and redis.call('HGET', batch_key(b), 'state') == 'open' then
    redis.call('ZADD', P .. ':trials', oldest, b)
  else
    redis.call('ZREM', P .. ':trials', b)
  end
end

local function put(b, v)
  if on_trial(b, v) then
    -- Apart from the others: it is claimed for a host of its own.
    redis.call('ZADD', trials_key(b), get(b, v, 'trial'), v)
    list_trials(b)
    return
  end
  local kind, rank = unpack(redis.call('HMGET', video_key(b, v), 'kind', 'rank'))
  local shelf = shelves_of(kind)[redis.call('ZSCORE', P .. ':hints', member(b, v)) and 2 or 1]
  redis.call('ZADD', shelf_key(shelf, b), rank, v)
  redis.call('SADD', P .. ':kinds:' .. b, kind)
  if redis.call('ZCARD', shelf_key(shelf, b)) == 1 then
    local turn = redis.call('ZSCORE', P .. ':turns', b)
    if turn then show(b, shelf, turn) end
  end
end

local function take_off(b, v)
  if redis.call('ZREM', trials_key(b), v) == 1 then list_trials(b) end
  for _, shelf in ipairs(shelves_of(get(b, v, 'kind'))) do
    if redis.call('ZREM', shelf_key(shelf, b), v) == 1
      and redis.call('EXISTS', shelf_key(shelf, b)) == 0 then
      hide(b, shelf)
    end
  end
end

local function share(b, v)
  local weight = number(redis.call('HGET', batch_key(b), 'weight'))
  return number(get(b, v, 'cost')) / (weight > 0 and weight or 1)
end

-- Adds a video's cost to the turn of its batch: when its message is published or it is claimed,
-- whichever is first.
local function charge_turn(b, v)
  if redis.call('HSETNX', video_key(b, v), 'charged', 1) == 0 then return end
  if not redis.call('ZSCORE', P .. ':turns', b) then return end
  local turn = redis.call('ZINCRBY', P .. ':turns', string.format('%.17g', share(b, v)), b)
  each_shelf(b, function(shelf) redis.call('ZADD', turns_key(shelf), 'XX', turn, b) end)
end

-- Keeps true what follows from a batch's state and counts; returns how many of its videos are open.
-- It has a turn only while it is open and has something pending. A batch that joins starts at the
-- least cost served among those present, so that it neither starves nor is starved.
local function refresh(b)
  local key, open = batch_key(b), open_count(b)
  local state, list, ready, pending = unpack(redis.call('HMGET', key, 'state', 'list', 'ready', 'n:pending'))
  local is = open > 0 and state or 'finished'
  if is ~= list then
    if list and list ~= 'finished' then redis.call('SREM', P .. ':batches:' .. list, b) end
    if is ~= 'finished' then redis.call('SADD', P .. ':batches:' .. is, b) end
    redis.call('HSET', key, 'list', is)
  end
  list_trials(b)
  local before, after = number(ready), state == 'open' and number(pending) or 0
  if before == after then return open end
  redis.call('HSET', key, 'ready', after)
  redis.call('HINCRBY', P .. ':totals', 'ready', after - before)
  if before == 0 then
    local first = redis.call('ZRANGE', P .. ':turns', 0, 0, 'WITHSCORES')[2] or '0'
    redis.call('ZADD', P .. ':turns', first, b)
    each_shelf(b, function(shelf)
      if redis.call('EXISTS', shelf_key(shelf, b)) == 1 then show(b, shelf, first) end
    end)
  elseif after == 0 then
    redis.call('ZREM', P .. ':turns', b)
    each_shelf(b, function(shelf) hide(b, shelf) end)
  end
  return open
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

-- How the id of every message for this video begins; ids are of [A-Za-z0-9._-] only.
local function hint_id(b, v) return b .. ':' .. v .. ':' end

-- A message for the video is out, or forgotten: it changes shelves if it is pending.
local function hint(b, v)
  local is_new = redis.call('ZADD', P .. ':hints', now_ms(), member(b, v)) == 1
  if get(b, v, 'state') ~= 'pending' then return end
  charge_turn(b, v)
  if is_new then
    take_off(b, v)
    put(b, v)
  end
end

local function unhint(b, v)
  if redis.call('ZREM', P .. ':hints', member(b, v)) == 1 and get(b, v, 'state') == 'pending' then
    take_off(b, v)
    put(b, v)
  end
end

local function publish(b, v, at_head)
  local queue, message = unpack(redis.call('HMGET', P .. ':publishing', 'queue', 'message'))
  if not queue then return end
  hint(b, v)
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

-- Takes what nobody works on out of its wait: it is pending again, paused or cancelled.
local function turn_to(b, v, to)
  redis.call('ZREM', P .. ':waiting', member(b, v))
  forget_lapsed(b, v)
  redis.call('HDEL', video_key(b, v), 'halt')
  move(b, v, to)
end

-- Cancels so many of those that nobody works on; how many there were.
local function cancel_some(b, most)
  local cancelled = 0
  local function cancel_all(videos)
    for _, v in ipairs(videos) do
      turn_to(b, v, 'cancelled')
      cancelled = cancelled + 1
    end
  end
  each_shelf(b, function(shelf)
    if cancelled < most then cancel_all(redis.call('ZRANGE', shelf_key(shelf, b), 0, most - cancelled - 1)) end
  end)
  if cancelled < most then cancel_all(redis.call('ZRANGE', trials_key(b), 0, most - cancelled - 1)) end
  for _, kept in ipairs({ ':paused:', ':waiting:' }) do
    if cancelled < most then cancel_all(redis.call('SRANDMEMBER', P .. kept .. b, most - cancelled)) end
  end
  return cancelled
end

local function is_open(b) return redis.call('HGET', batch_key(b), 'state') == 'open' end

-- The pending video whose turn it is, or nil: of the batch that was served least among those with
-- one that fits, the first that fits. `fits(kind)` may refuse; with `is_new` only those count that
-- no message is out for. Looks at the first of each shelf, whatever stands behind it.
local function best(fits, is_new)
  local b, least, shelves = nil, nil, {}
  for _, shelf in ipairs(redis.call('SMEMBERS', P .. ':shelves')) do
    local kind, sort = string.match(shelf, '^(.*):(%a+)$')
    if (sort == 'new' or not is_new) and fits(kind) then
      local first, text = unpack(redis.call('ZRANGE', turns_key(shelf), 0, 0, 'WITHSCORES'))
      local turn = tonumber(text)
      if not b or turn < least or (turn == least and first < b) then b, least = first, turn end
      shelves[#shelves + 1] = shelf
    end
  end
  if not b then return nil end
  local v, lowest
  for _, shelf in ipairs(shelves) do
    local first, text = unpack(redis.call('ZRANGE', shelf_key(shelf, b), 0, 0, 'WITHSCORES'))
    local rank = tonumber(text)
    if first and (not v or rank < lowest or (rank == lowest and first < v)) then v, lowest = first, rank end
  end
  return b, v
end

local function anything() return true end

-- Those on trial are in no turn, and the window does not count for them. One message is enough: each
-- claim looks for them first.
local function feed_trials()
  local b = redis.call('ZRANGE', P .. ':trials', 0, 0)[1]
  local v = b and redis.call('ZRANGE', trials_key(b), 0, 0)[1]
  if not v or redis.call('ZSCORE', P .. ':hints', member(b, v)) then return end
  publish(b, v, false)
end

-- Fills the queue up to the window with messages for the videos whose turn is next, `most` in one
-- step; the number of messages.
local FED_AT_ONCE = 20
local function feed(most)
  local queue, window = unpack(redis.call('HMGET', P .. ':publishing', 'queue', 'window'))
  if not queue then return 0 end
  local room = math.min(most or FED_AT_ONCE, number(window) - redis.call('ZCARD', P .. ':hints'))
  local fed = 0
  while fed < room do
    local b, v = best(anything, true)
    if not b then break end
    publish(b, v, false)
    fed = fed + 1
  end
  feed_trials()
  return fed
end
