-- Takes back what the slow loop has put in force, for the leader alone. ARGV: the leader's token
-- Returns 1, or 0 if another one leads by now. Safe to repeat.
if redis.call('HGET', P .. ':leader', 'token') ~= ARGV[1] then return 0 end
redis.call('DEL', P .. ':control:tuning', P .. ':tuned')
return 1
