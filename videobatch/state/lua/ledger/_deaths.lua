-- Ends of attempts that did not end by themselves: what they say of the video, and its trial.
-- docs/background/ledger.md tells the rule; celery_app/worker/verdicts.py decides which end speaks against a video.
--
-- What speaks against it is a suspicion; any other end proves nothing and is counted apart. Too many
-- of either put the video on trial: its next attempt has its host to itself. If its process dies then,
-- too, it is a dead letter: at once where that speaks against it, else at the third time. An attempt
-- that ends by itself, in whatever way, clears it.
local SUSPICIONS, UNPROVEN, TRIALS = 3, 10, 3
local ENDS_KEPT = 20
-- A host is kept for a video on trial for so long after a worker there has last asked for it...
local RESERVED_MS = 10000
-- ...and after this time what still runs there is no reason to wait any longer.
local ALONE_WITHIN_MS = 30 * 60 * 1000

-- Keeps how an attempt ended, newest last: {how, suspect, rss_bytes} and when, where, at what.
local function note_end(b, v, told)
  local key = video_key(b, v)
  local stage, alone, owner, before = unpack(redis.call('HMGET', key, 'stage', 'alone', 'owner', 'ends'))
  told.at_s, told.alone, told.stage = now_ms() / 1000, alone == '1', stage or nil
  told.worker = owner and string.match(owner, '^[^#]*') or nil
  local lines = {}
  for line in string.gmatch(before or '', '[^\n]+') do lines[#lines + 1] = line end
  lines[#lines + 1] = cjson.encode(told)
  redis.call('HSET', key, 'death', told.how,
    'ends', table.concat(lines, '\n', math.max(1, #lines - ENDS_KEPT + 1)))
end

-- Counts such an end; true where the video is given up. Call it before `let_go`.
local function condemns(b, v, is_suspect)
  local key = video_key(b, v)
  local counter = get(b, v, 'alone') == '1' and 'trials' or is_suspect and 'suspicions' or 'unproven'
  local n = redis.call('HINCRBY', key, counter, 1)
  redis.call('HSET', key, 'counted', counter)
  if counter == 'trials' then return is_suspect or n >= TRIALS end
  if n >= (is_suspect and SUSPICIONS or UNPROVEN) then redis.call('HSETNX', key, 'trial', now_ms()) end
  return false
end

local function give_up(b, v, err)
  redis.call('HSET', video_key(b, v), 'error', err)
  redis.call('ZADD', P .. ':dead', now_ms(), member(b, v))
  let_go(b, v)
  move(b, v, 'dead')
end

-- The first video on trial that this host may be kept for, as "B/V"; it is kept for it from now on.
local function reserve(host)
  for _, b in ipairs(redis.call('ZRANGE', P .. ':trials', 0, 15)) do
    for _, v in ipairs(redis.call('ZRANGE', trials_key(b), 0, 15)) do
      local m = member(b, v)
      local key = P .. ':trial:' .. m
      -- One host at a time.
      if redis.call('SET', key, host, 'NX', 'PX', RESERVED_MS) or redis.call('GET', key) == host then
        return m
      end
    end
  end
end

-- What a claim on this host is to do for a video on trial: 'take', batch, video; 'wait'; or nothing.
local function trial_here(host)
  local kept = redis.call('GET', alone_key(host))
  if kept then
    local b, v = split(kept)
    local state, where, alone = unpack(redis.call('HMGET', video_key(b, v), 'state', 'host', 'alone'))
    if state == 'running' and where == host and alone == '1' then return 'wait' end
    if not (state == 'pending' and on_trial(b, v) and is_open(b)) then
      redis.call('DEL', alone_key(host))
      kept = nil
    end
  end
  kept = kept or reserve(host)
  if not kept then return nil end
  redis.call('SET', alone_key(host), kept, 'PX', RESERVED_MS)
  redis.call('SET', P .. ':trial:' .. kept, host, 'PX', RESERVED_MS)
  local b, v = split(kept)
  local waits_ms = now_ms() - number(get(b, v, 'trial'))
  if number(redis.call('HGET', P .. ':hosts', host)) == 0 or waits_ms >= ALONE_WITHIN_MS then
    return 'take', b, v
  end
  return 'wait'
end

-- From its claim on: nothing else is claimed on this host while it runs.
local function begin_trial(host, b, v)
  redis.call('HSET', video_key(b, v), 'alone', 1)
  redis.call('SET', alone_key(host), member(b, v), 'EX', 7 * 24 * 3600)
  redis.call('DEL', P .. ':trial:' .. member(b, v))
end
