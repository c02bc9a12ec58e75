-- Notes what a video took of the memory, for those of its kind.
-- ARGV: batch, video, bytes. Returns how many are known. A repeat counts it twice.
local KEPT, KEPT_MS = 40, 30 * 86400000
local kind = get(ARGV[1], ARGV[2], 'kind')
if not kind then return 0 end
local key = P .. ':needs:' .. kind
redis.call('LPUSH', key, ARGV[3])
redis.call('LTRIM', key, 0, KEPT - 1)
local all, sum = {}, 0
for _, text in ipairs(redis.call('LRANGE', key, 0, -1)) do
  all[#all + 1] = number(text)
  sum = sum + number(text)
end
table.sort(all)
redis.call('HSET', P .. ':need:' .. kind, 'n', #all,
  'p95', string.format('%.0f', all[math.ceil(0.95 * #all)]),
  'mean', string.format('%.0f', sum / #all))
redis.call('PEXPIRE', key, KEPT_MS)
redis.call('PEXPIRE', P .. ':need:' .. kind, KEPT_MS)
return #all
