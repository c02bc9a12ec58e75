-- Adds videos to a batch; safe to repeat. A video that is open stays as it is; a final one starts
-- again (or is set to the given final state).
-- ARGV: batch, when they were planned (ms, -1 = do not ask), then for each video 9 values:
--   video, name, job (JSON), fingerprint, cost (s), need (bytes), priority, error (JSON or ''),
--   result (JSON or ''): an error makes it failed at once, a result done (it was made before)
-- Returns for each video: added | again | open | busy (it runs with another fingerprint)
-- A video that was made while the same was being planned stays as it is, too: the plan could not
-- know of it.
local b, planned_ms = ARGV[1], tonumber(ARGV[2])
local answers = {}
local function add(i)
  local v, name, job, fingerprint = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local cost, need, priority = ARGV[i + 4], ARGV[i + 5], tonumber(ARGV[i + 6])
  local err, result = ARGV[i + 7], ARGV[i + 8]
  local key = video_key(b, v)
  local state, old = unpack(redis.call('HMGET', key, 'state', 'fingerprint'))
  local answer = state and 'again' or 'added'
  if state == 'running' or state == 'committed' then
    return old == fingerprint and 'open' or 'busy'
  end
  if state and not FINAL[state] then answer = 'open' end
  if planned_ms >= 0 and (state == 'done' or state == 'partial') and old == fingerprint and err == ''
    and result == '' and number(redis.call('HGET', key, 'finished_ms')) >= planned_ms then
    return 'open'
  end
  if old and old ~= fingerprint then redis.call('DEL', P .. ':checkpoints:' .. b .. ':' .. v) end
  redis.call('HSET', key, 'name', name, 'job', job, 'fingerprint', fingerprint, 'cost', cost,
    'need', need, 'rank', -(priority * 1e9 + tonumber(cost)))
  if not state then
    redis.call('ZADD', P .. ':videos:' .. b, redis.call('HINCRBY', batch_key(b), 'total', 1), v)
  end
  if answer ~= 'open' then
    redis.call('HDEL', key, 'error', 'result', 'stage', 'done', 'total', 'started_ms', 'finished_ms', 'halt', 'lapsed')
    redis.call('HSET', key, 'attempts', 0, 'deaths', 0, 'losses', 0)
    redis.call('ZREM', P .. ':dead', member(b, v))
    unlist_finished(b, v)
  end
  if err ~= '' then
    redis.call('HSET', key, 'error', err)
  elseif result ~= '' then
    redis.call('HSET', key, 'result', result)
  end
  local to = err ~= '' and 'failed' or result ~= '' and cjson.decode(result)['state'] or 'pending'
  if answer == 'open' and to == 'pending' then
    if state == 'pending' then
      redis.call('ZADD', pending_key(b), number(redis.call('HGET', key, 'rank')), v)
    end
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
for i = 3, #ARGV, 9 do answers[#answers + 1] = add(i) end
if open_count(b) == 0 then redis.call('HSET', P .. ':reports', b, now_ms()) end
return answers
