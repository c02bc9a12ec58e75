-- Forgets messages that are needed no more, or were lost between queue and worker (or the claim took
-- another video); feeds. Safe to repeat.
-- ARGV: for each message: "B/V", when it was published (ms), is it in the queue (1|0)
-- Returns the number of those that were forgotten.
local forgotten = 0
for i = 1, #ARGV, 3 do
  local m = ARGV[i]
  local b, v = split(m)
  -- One that was published again meanwhile is another one.
  if redis.call('ZSCORE', P .. ':hints', m) == ARGV[i + 1] then
    local state = get(b, v, 'state')
    if ARGV[i + 2] == '0' or not (state == 'pending' or state == 'committed') then
      unhint(b, v)
      forgotten = forgotten + 1
    end
  end
end
feed()
return forgotten
