-- Uploads that take room at the provider.

local function drop_upload(scope, id)
  local size = redis.call('HGET', scope.key .. ':sizes', id)
  if not size then return 0 end
  redis.call('HINCRBY', scope.key, 'stored', -size)
  redis.call('HDEL', scope.key .. ':sizes', id)
  return redis.call('ZREM', scope.key .. ':stored', id)
end

-- Uploads that the provider has thrown away by now take no room.
local function drop_expired_uploads(scope)
  local gone = redis.call('ZRANGEBYSCORE', scope.key .. ':stored', '-inf', scope.now, 'LIMIT', 0, AT_ONCE)
  for _, id in ipairs(gone) do drop_upload(scope, id) end
  return #gone > 0
end
