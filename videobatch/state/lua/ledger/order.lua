-- Holds a folder of the output for one process of the fleet, for a short time: whoever publishes
-- into it, or writes its report, does so alone. P:order:F is a STRING, the holder. Safe to repeat.
-- ARGV: folder (a hash of its name), holder, how long (ms, 0: give it back), begin (1: take it, 0:
--       only prolong what is held; where it lapsed, somebody may have been there meanwhile)
-- Returns 1 if it is held now (or was given back), else 0.
local key, holder, held_ms = P .. ':order:' .. ARGV[1], ARGV[2], tonumber(ARGV[3])
local by = redis.call('GET', key)
if by ~= holder and (by or ARGV[4] ~= '1') then return 0 end
if held_ms > 0 then redis.call('SET', key, holder, 'PX', held_ms) else redis.call('DEL', key) end
return 1
