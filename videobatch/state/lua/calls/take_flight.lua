-- Looks for the answer of a call; where there is none, takes its flight, or says that somebody else
-- has it. Safe to repeat with the same id.
-- KEYS[1] the key prefix P.
-- P:answer:NAME  STRING the stored answer
-- P:flight:NAME HASH   who sends this call: id, video ("batch/video" or ''), attempt, until_ms (its
--                       lease); where that has ended, looked_ms and lapsed_ms: the last look of those
--                       who wait for it, and the first of those that followed one another
-- P:left:ID      STRING the flight of this id is over: an answer that is not kept, for those who waited
--                       for it, or ''
-- ARGV: name, id, video, attempt, lease (ms), answers are looked for (1|0), how long an answer is kept
--       from now on (s), how long a lapsed one is looked at before it is another's (ms), the id of the
--       flight that was waited for so far ('': none)
-- Returns {'found', answer} | {'left', answer} | {'ours'} | {'theirs', id}
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local name, id, video, attempt = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local key = KEYS[1] .. ':flight:' .. name
-- Looks further apart do not follow one another: Redis was away, and its owner may be back.
local APART_MS, KEPT_MS = 2000, 86400000

if ARGV[6] == '1' then
  local answer = redis.call('GETEX', KEYS[1] .. ':answer:' .. name, 'EX', ARGV[7])
  if answer then return { 'found', answer } end
end
local waited_for, is_told = ARGV[9], false
if waited_for ~= '' then
  local left = redis.call('GET', KEYS[1] .. ':left:' .. waited_for)
  if left and left ~= '' then return { 'left', left } end
  is_told = left ~= false
end

local found = redis.call('HMGET', key, 'id', 'video', 'attempt', 'until_ms', 'looked_ms', 'lapsed_ms')
local theirs, their_video, their_attempt = found[1], found[2], found[3]
if not theirs and waited_for ~= '' and not is_told then
  -- Nobody ended it: Redis has lost its last writes. Its owner, if it lives, has it again soon.
  theirs = waited_for
  redis.call('HSET', key, 'id', theirs, 'until_ms', 0)
  redis.call('PEXPIRE', key, KEPT_MS)
end
if theirs and theirs ~= id then
  -- An earlier attempt at the same video is over: its process died, or lost the video.
  local is_over = video ~= '' and video == their_video and attempt ~= their_attempt
  if not is_over and now < (tonumber(found[4]) or 0) then return { 'theirs', theirs } end
  if not is_over then
    local lapsed = tonumber(found[6])
    if not lapsed or now - (tonumber(found[5]) or 0) > APART_MS then lapsed = now end
    redis.call('HSET', key, 'looked_ms', now, 'lapsed_ms', lapsed)
    if now - lapsed < tonumber(ARGV[8]) then return { 'theirs', theirs } end
  end
  redis.call('DEL', key)
end
redis.call('HSET', key, 'id', id, 'video', video, 'attempt', attempt, 'until_ms', now + tonumber(ARGV[5]))
redis.call('HDEL', key, 'looked_ms', 'lapsed_ms')
redis.call('PEXPIRE', key, KEPT_MS)
return { 'ours' }
