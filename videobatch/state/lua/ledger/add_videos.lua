-- Adds videos to a batch; safe to repeat. A video that is open stays as it is; a final one starts
-- again (or is set to the given final state). Where the wish or the file is another one, every token
-- that was given for the video ends; with another wish its checkpoints go, too (those of another file
-- are found out by whoever reads the file).
-- ARGV: batch, when they were planned (ms, -1 = do not ask, -2 = add those alone that are not known),
-- then for each video 10 values:
--   video, name, job (JSON), fingerprint, identity, cost (s), kind (NAME@MiB), priority, error (JSON or ''),
--   result (JSON or ''): an error makes it failed at once, a result what it says (made
--   before, or cancelled)
-- Returns for each video: added | again | open | busy (it runs, of another wish or file) | known
-- A video that was made while the same was being planned stays as it is, too: the plan could not
-- know of it.
local b, planned_ms = ARGV[1], tonumber(ARGV[2])
local answers = {}
local function wish_of(identity) return string.match(identity, '^%S*') end

local function add(i)
  local v, name, job, fingerprint, identity = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local cost, kind, priority = ARGV[i + 5], ARGV[i + 6], tonumber(ARGV[i + 7])
  local err, result = ARGV[i + 8], ARGV[i + 9]
  local key = video_key(b, v)
  local state, old, former = unpack(redis.call('HMGET', key, 'state', 'fingerprint', 'identity'))
  if state and planned_ms == -2 then return 'known' end
  -- Before version 2 only the fingerprint is known.
  local is_other_wish = old ~= fingerprint or former and wish_of(former) ~= wish_of(identity)
  local is_other = is_other_wish or former and former ~= identity
  local answer = state and 'again' or 'added'
  if state == 'running' or state == 'committed' then
    if is_other then return 'busy' end
    -- A submit takes a cancel back.
    if redis.call('HGET', key, 'halt') == 'cancel' then redis.call('HDEL', key, 'halt') end
    return 'open'
  end
  if state and not FINAL[state] then answer = 'open' end
  if planned_ms >= 0 and (state == 'done' or state == 'partial') and not is_other and err == ''
    and result == '' and number(redis.call('HGET', key, 'finished_ms')) >= planned_ms then
    return 'open'
  end
  if is_other_wish then redis.call('DEL', P .. ':checkpoints:' .. b .. ':' .. v) end
  if is_other or answer ~= 'open' then
    begin_wish(b, v)
    forget_attempts(b, v)
  end
  -- While its former kind says where it stands.
  if state == 'pending' then take_off(b, v) end
  redis.call('HSET', key, 'name', name, 'job', job, 'fingerprint', fingerprint,
    'identity', identity, 'cost', cost, 'kind', kind, 'rank', -(priority * 1e9 + tonumber(cost)))
  if not state then
    redis.call('ZADD', P .. ':videos:' .. b, redis.call('HINCRBY', batch_key(b), 'total', 1), v)
  end
  if answer ~= 'open' then
    redis.call('HDEL', key, 'result', 'stage', 'done', 'total', 'started_ms', 'finished_ms', 'halt')
    redis.call('ZREM', P .. ':dead', member(b, v))
    unlist_finished(b, v)
  end
  local to = err ~= '' and 'failed' or result ~= '' and cjson.decode(result)['state'] or 'pending'
  if to == 'failed' then
    redis.call('HSET', key, 'error', err)
  elseif to == 'done' or to == 'partial' then
    redis.call('HSET', key, 'result', result)
  end
  if answer == 'open' and to == 'pending' then
    if state == 'pending' then put(b, v) end
    return 'open'
  end
  redis.call('ZREM', P .. ':waiting', member(b, v))
  if state == to then
    -- A final state reached anew: count and order it again.
    redis.call('HSET', key, 'finished_ms', now_ms())
    list_finished(b, v)
  else
    move(b, v, to)
  end
  return answer
end
local all_known = true
for i = 3, #ARGV, 10 do
  answers[#answers + 1] = add(i)
  all_known = all_known and answers[#answers] == 'known'
end
if not all_known and open_count(b) == 0 then report_is_due(b) end
return answers
