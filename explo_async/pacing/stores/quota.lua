-- What `message.py` and `window.py` decide, step by step, within Redis, whose scripts run one at a time.
-- KEYS[1]: the window. ARGV: the message, a name for a memory that begins now, and in tests a clock, a run and its age.
-- Returns the reply, and the state where the message asks for it; all are MessagePack.

local BACKOFF, RECOVERY, RAMP_DONE, GRACE, WHOLE = 0.7, 0.05, 64, 0.5, 1e-9

local message = cmsgpack.unpack(ARGV[1])
local per, hold = message.per, message.hold
local margin = message.margin or 0.0
local requests = message.requests

local clock, run, up
if ARGV[3] then
  clock, run, up = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
else
  local time = redis.call('TIME')
  clock = tonumber(time[1]) + tonumber(time[2]) / 1e6
  local info = redis.call('INFO', 'server')
  run = string.match(info, 'run_id:(%w+)')
  up = tonumber(string.match(info, 'uptime_in_seconds:(%d+)'))
end

local function free_at(at) return at + per + margin end

local packed = redis.pcall('GET', KEYS[1])
local is_new = not packed
local state = { format = 1, epoch = ARGV[2], run = run }
if packed then
  local is_whole
  is_whole, state = pcall(cmsgpack.unpack, packed)
  if not is_whole or type(state) ~= 'table' then return redis.error_reply('DAMAGED') end
end
if (state.format or 1) > 1 then return redis.error_reply('NEWERFORMAT ' .. state.format) end
state.holders = state.holders or {}
state.settled = state.settled or {}
state.share = state.share or 1.0
state.per = state.per or 0.0
state.margin = state.margin or 0.0
state.lost = state.lost or 0
for _, each in ipairs(state.holders) do
  each.leases = each.leases or {}
  each.wants = each.wants or 0
  each['until'] = each['until'] or 0.0
  each.turn = each.turn or 0.0
  each.got = each.got or 0
end

local function expires_at(each, granted_at)
  return granted_at + (each.hold or math.huge) + state.per + state.margin
end

local function tick()
  local now = clock
  if state.latest and state.latest > now then now = state.latest end
  state.latest = now
  local kept = {}
  for _, at in ipairs(state.settled) do
    if at + state.per + state.margin > now then kept[#kept + 1] = at end
  end
  state.settled = kept
  for _, each in ipairs(state.holders) do
    while each.leases[1] and expires_at(each, each.leases[1][2]) <= now do
      table.remove(each.leases, 1)
      state.lost = state.lost + 1
    end
  end
  if state.recovers_at and now >= state.recovers_at then
    local windows = math.floor((now - state.recovers_at) / state.recovers_in) + 1
    state.share = math.min(1.0, state.share + windows * RECOVERY)
    if state.share == 1.0 then state.recovers_at = nil else state.recovers_at = now + state.recovers_in end
  end
  return now
end

local function shut(to, why)
  if not state.shut_until or to > state.shut_until then
    state.shut_until, state.shut_why = to, why
  end
end

local closing = hold + per + margin
local now
if is_new then
  now = tick()
  state.born = now
  if up < closing then shut(now + (closing - up), 'started') end
elseif state.run == run then
  now = tick()
else
  state.run = run
  now = tick()
  shut(now + closing, 'restarted')
end
if message.epoch and message.epoch ~= '' and message.epoch ~= state.epoch
    and state.born and state.born + closing > now then
  shut(state.born + closing, 'lost')
end

-- Entering.
state.per = math.max(state.per, per)
state.margin = math.max(state.margin, margin)
local holder
for _, each in ipairs(state.holders) do
  if each.id == message.holder then holder = each end
end
if not holder then
  local kept = {}
  for _, each in ipairs(state.holders) do
    if #each.leases > 0 or (each.wants > 0 and each['until'] > now) then kept[#kept + 1] = each end
  end
  holder = { id = message.holder, who = message.who, since = now, leases = {}, wants = 0, ['until'] = 0.0, turn = 0.0, got = 0 }
  kept[#kept + 1] = holder
  state.holders = kept
end
holder.hold = hold

-- What has happened.
local function note(at)
  local place = #state.settled + 1
  while place > 1 and state.settled[place - 1] > at do place = place - 1 end
  table.insert(state.settled, place, at)
end

local function give_back(number)
  for place, lease in ipairs(holder.leases) do
    if lease[1] == number then
      table.remove(holder.leases, place)
      return true
    end
  end
  return false
end

for _, each in ipairs(message.throttled or {}) do
  local granted_at, pause = each[1], each[2]
  if not state.closed_at or granted_at > state.closed_at then
    if state.recovers_at and now < state.recovers_at then state.share = state.share * BACKOFF end
    state.closed_at = now
  end
  state.recovers_at = now + pause + per
  state.recovers_in = per
  state.opens_at = math.max(state.opens_at or -math.huge, now + pause)
  state.ramp = 1
end
for _, each in ipairs(message.adopted or {}) do
  local is_held = false
  for _, lease in ipairs(holder.leases) do is_held = is_held or lease[1] == each[1] end
  if not is_held then holder.leases[#holder.leases + 1] = { each[1], now - each[2] } end
end
for _, each in ipairs(message.settled or {}) do
  if give_back(each[1]) then note(now - each[2]) end
end
for _, age in ipairs(message.used or {}) do note(now - age) end
for _, number in ipairs(message.returned or {}) do give_back(number) end
for _, granted_at in ipairs(message.accepted or {}) do
  if state.ramp and (not state.opens_at or granted_at >= state.opens_at) then
    if state.ramp < RAMP_DONE then state.ramp = state.ramp + 1 else state.ramp = nil end
  end
end

-- What may be granted.
local function closed_until()
  return math.max(state.opens_at or -math.huge, state.shut_until or -math.huge)
end

local function in_flight()
  local count = 0
  for _, each in ipairs(state.holders) do
    count = count + #each.leases
    if each.leases[1] and each.hold and each.leases[1][2] + each.hold <= now then
      for _, lease in ipairs(each.leases) do
        if lease[2] + each.hold <= now then count = count - 1 end
      end
    end
  end
  return count
end

local function used()
  local count = 0
  for _, at in ipairs(state.settled) do
    if free_at(at) > now then count = count + 1 end
  end
  for _, each in ipairs(state.holders) do count = count + #each.leases end
  return count
end

local function is_before(one, other)
  local first, second = one.served or -math.huge, other.served or -math.huge
  if first ~= second then return first < second end
  return one.id < other.id
end

local function rivals()
  local found = {}
  for _, each in ipairs(state.holders) do
    if each ~= holder and each.wants > 0 and each['until'] > now then found[#found + 1] = each end
  end
  return found
end

local slots = math.max(1, math.floor(state.share * requests + WHOLE))

local function got(each)
  if now <= each.turn + GRACE then return each.got end
  return 0
end

local function free_for()
  if closed_until() > now then return 0 end
  local free = slots - used()
  if state.ramp then free = math.min(free, state.ramp - in_flight()) end
  if free <= 0 then return 0 end
  local ranks = {}
  for _, each in ipairs(rivals()) do
    if each['until'] - GRACE <= now then ranks[#ranks + 1] = each end
  end
  if #ranks > 0 then
    ranks[#ranks + 1] = holder
    table.sort(ranks, is_before)
    local total, sharers, least = free, #ranks, {}
    for _, each in ipairs(ranks) do
      least[#least + 1] = got(each)
      total = total + got(each)
    end
    table.sort(least)
    while math.floor(total / sharers) < least[sharers] do
      total = total - least[sharers]
      sharers = sharers - 1
    end
    local level, odd = math.floor(total / sharers), total % sharers
    for _, each in ipairs(ranks) do
      if got(each) <= level then
        local due = level - got(each)
        if odd > 0 then due = due + 1 end
        odd = odd - 1
        if each ~= holder then free = free - math.min(each.wants, due) end
      end
    end
  end
  return free
end

local function seconds_to_wait()
  local closed = closed_until()
  if closed > now then return closed - now end
  if free_for() > 0 then return 0.0 end
  if state.ramp and in_flight() >= state.ramp then return nil end
  local place = used() - slots
  if place < 0 then
    local first = math.huge
    for _, each in ipairs(rivals()) do first = math.min(first, each['until']) end
    return first - now
  end
  local known = {}
  for _, at in ipairs(state.settled) do
    if free_at(at) > now then known[#known + 1] = free_at(at) end
  end
  for _, each in ipairs(state.holders) do
    if each.hold then
      for _, lease in ipairs(each.leases) do
        if lease[2] + each.hold <= now then known[#known + 1] = expires_at(each, lease[2]) end
      end
    end
  end
  table.sort(known)
  if not known[place + 1] then return nil end
  local ahead, first = 0, math.huge
  for _, each in ipairs(rivals()) do
    if is_before(each, holder) then
      ahead, first = ahead + 1, math.min(first, each['until'])
    end
  end
  return (known[place + ahead + 1] or math.max(known[place + 1], first)) - now
end

local wants = message.wants or 0
local granted = math.max(0, math.min(wants, free_for()))
holder.wants = wants - granted
if granted > 0 then
  holder.got = got(holder) + granted
  if holder.got == granted then holder.turn = now end
  holder.served = now
end
if holder.wants > 0 then
  local wait = 0.0
  if granted == 0 then wait = seconds_to_wait() or 0.0 end
  holder['until'] = now + wait + GRACE
end
local first = message.first or 0
for number = first, first + granted - 1 do
  holder.leases[#holder.leases + 1] = { number, now }
end
local wait = 0.0
if granted == 0 then wait = seconds_to_wait() end

packed = cmsgpack.pack(state)
redis.call('SET', KEYS[1], packed)
local reply = {
  clock = now,
  epoch = state.epoch,
  granted = granted,
  wait = wait,
  paused = math.max(0.0, (state.opens_at or now) - now),
  shut = math.max(0.0, (state.shut_until or now) - now),
  why = state.shut_why or '',
  is_slow = state.ramp ~= nil,
  lost = state.lost,
}
if message.details then return { cmsgpack.pack(reply), packed } end
return { cmsgpack.pack(reply) }
