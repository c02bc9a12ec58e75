-- The ledger's keys: the first part of each script in `ledger/` and `control/`.
--
-- KEYS[1]  the key prefix P, for example "videobatch". All other keys are built from it, so the
--          scripts need a Redis that is not a cluster (so does Celery's Redis transport).
-- ARGV     as each script says at its head.
--
-- keys.py has the same names, and a test holds that they agree.
--
-- P:batches               ZSET  batch -> created (ms)
-- P:batches:STATE         SET   batches in that state (open, paused, cancelled) with open videos
-- P:totals                HASH  n:<state> of all batches; ready: pending videos of open batches
-- P:batch:B               HASH  name, out_uri, root_uri, template, provider, state (open | paused |
--                               cancelled), halt (1: running videos stop too, a person's word),
--                               pause:CAUSE for each reason why it is paused (JSON),
--                               instead:GROUP:MODEL (the successor of a model that is gone), created_ms,
--                               submitted_ms, weight, total, n:<state> for each state, ended (place
--                               of the last end), list (the P:batches:STATE that it is in, or
--                               finished), ready (what it adds to P:totals), forgetting (1: a
--                               person wants it forgotten, and that has begun), unwritten:REASON
--                               (documents made without their language model), checked, found
--                               (statements of language models that were looked for in their
--                               videos, and found), umask (of who submitted)
-- P:videos:B              ZSET  video -> place in the order of submission
-- P:kinds:B               SET   the kinds of its videos
-- P:shelf:S:B             ZSET  pending video -> rank (lowest first: highest priority, then longest),
--                               on the shelf S, which is "KIND:hinted" while P:hints has the video,
--                               else "KIND:new"
-- P:video:B:V             HASH  job, name, fingerprint, identity (the wish, that is fingerprint and
--                               salt, and the file: "wish size mtime"), wished_ms (when that came;
--                               later than all that was made of an earlier one), state, token, cost,
--                               kind (NAME@MiB: what it is, and what one of these is thought to
--                               need), rank, charged (1: its cost stands in its batch's turn
--                               already), attempts,
--                               deaths, losses, owner, pid, host, stage, done, total, stage_ms,
--                               started_ms, finished_ms, error, result, lapsed (1: its lease ended
--                               and nobody has taken it since), halt (pause | cancel: what becomes
--                               of it when its worker stops, which it shall), commits (how many
--                               attempts were committed, since it was added first), unwritten (why
--                               its language model wrote nothing), checked, found
--                               (of its statements), death (how the
--                               last try ended that ended with its process or its worker),
--                               ends (how each try ended that ended so, the newest last, JSON in
--                               lines), suspicions, unproven, trials (how many of them were of which
--                               kind since it was cleared last), counted (which of those the newest
--                               was), trial (since when its next try is to have its host to itself,
--                               ms), alone (1: this one has)
-- P:trials:B              ZSET  pending video on trial (on no shelf) -> since (ms)
-- P:trials                ZSET  open batch with such a one -> since (ms)
-- P:trial:B/V             STRING host that is being kept for it
-- P:alone:H               STRING "B/V" that host H is kept for, or that runs there alone
-- P:checkpoints:B:V       HASH  checkpoint name -> JSON
-- P:paused:B              SET   videos that were paused one by one
-- P:waiting:B             SET   its videos in P:waiting
-- P:finished:B            ZSET  video in a final state -> place in the order of the ends (µs)
-- P:turns                 ZSET  open batch with pending videos -> cost served and hinted / weight
-- P:turns:S               ZSET  the same, of those with something on the shelf S
-- P:shelves               SET   the shelves for which there is one
-- P:leases                ZSET  "B/V" of running and committed videos -> expiry (ms, Redis' clock)
-- P:held:W                HASH  "B/V" -> "token pid", what worker W holds
-- P:hosts                 HASH  host -> number of videos running there
-- P:owners                HASH  owner -> number of leases that it has
-- P:young:H               HASH  "B/V" that runs on host H since a short while -> "since (ms) bytes"
-- P:no_room:H             STRING there is one while host H has room for none of those that wait
-- P:needs:K               LIST  bytes that the last videos of the kind K took
-- P:need:K                HASH  p95, mean, n of those
-- P:waiting               ZSET  "B/V" -> time of its next try (ms)
-- P:hints                 ZSET  "B/V" -> when its message was published (ms)
-- P:dead                  ZSET  "B/V" -> when it was given up (ms)
-- P:reports               HASH  batch whose report is to be written -> the ticket of its end
-- P:leftovers             ZSET  "B/V" that failed, died or was cancelled -> when the files that its
--                               attempts left go (ms)
-- P:order:F               STRING who holds the folder F of the output, see order.lua
-- P:ticket                STRING the last ticket
-- P:publishing            HASH  queue, message (a ready Celery message with {batch_id}, {video_id},
--                               {task_id} in it), sequence, window
-- P:swept_ms              the last sweep
-- P:prolonging            STRING to when leases are being prolonged, after a time without sweeps (ms)
-- P:missed                HASH  worker whose connection is gone -> since (s), see presence.py
-- P:presence              STRING somebody has just looked for such ones
-- P:migrating             STRING who brings the ledger to the present version, see versions.py
-- P:looked_ms             when somebody last looked for lost messages
-- P:leader                HASH  name, token, until_ms, lost (who led before, if it went without a word)
-- P:control:state         STRING what the controller remembers (JSON)
-- P:control:ticks         STREAM tick: snapshot and decisions of each second (JSON)
-- P:control:decisions     STREAM decision: those that changed something (JSON)
-- P:control:suggestions   STREAM suggestion: of the slow loop (JSON)
-- P:control:tuning        STRING what the slow loop has put in force (JSON)
-- P:tuned                 HASH  api_share, memory_mode: the same for the scripts
-- P:schema                STRING the version of all this that is in force (versions.py)
-- P:latency:NAME          see _latency.lua
-- P:life                  a mark that is made once, by which a Redis that came back empty is known
-- P:beat:N                STRING the mark of process N (ms), see beat.lua
-- P:samples:W, P:alive:W, P:workers   see samples.py
local P = KEYS[1]

-- A ledger that came back from a backup, or was written by another version, is not touched.
local SCHEMA = 2
local in_force = redis.call('GET', P .. ':schema')
if in_force and tonumber(in_force) ~= SCHEMA then
  return redis.error_reply('SCHEMA the ledger is of version ' .. in_force)
end

local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function video_key(b, v) return P .. ':video:' .. b .. ':' .. v end
local function batch_key(b) return P .. ':batch:' .. b end
local function member(b, v) return b .. '/' .. v end
local function split(m) return string.match(m, '^(.-)/(.*)$') end
local function number(value) return tonumber(value or 0) or 0 end

local function get(b, v, field) return redis.call('HGET', video_key(b, v), field) end
