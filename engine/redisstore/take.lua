-- Takes one from the bucket KEYS[1], which is "when it will be full again", as the generic
-- cell rate algorithm keeps it. Returns {1, 0}, or {0, milliseconds to wait}.
--
-- Lua has only floats, and nanoseconds since 1970 do not fit: times are pairs of whole
-- milliseconds and nanoseconds below one, both exact.
--
-- ARGV: 1 now (ms); 2, 3 the interval; 4, 5 the whole bucket; 6 how much longer than
-- needed to keep it (ms)
local million = 1000000
local now = tonumber(ARGV[1])
local ms, ns = now, 0

local full = redis.call('GET', KEYS[1])
if full then
  local m, n = string.match(full, '^(%-?%d+) (%d+)$')
  m, n = tonumber(m), tonumber(n)
  if m and m >= now then
    ms, ns = m, n
  end
end

ms, ns = ms + tonumber(ARGV[2]), ns + tonumber(ARGV[3])
if ns >= million then
  ms, ns = ms + 1, ns - million
end

local over, more = ms - now - tonumber(ARGV[4]), ns - tonumber(ARGV[5])
if more < 0 then
  over, more = over - 1, more + million
end
if over > 0 or (over == 0 and more > 0) then
  if more > 0 then
    over = over + 1 -- who waits as long as told is not refused again
  end
  return {0, over}
end

redis.call('SET', KEYS[1], string.format('%.0f %.0f', ms, ns), 'PX', string.format('%.0f', ms - now + tonumber(ARGV[6])))
return {1, 0}
