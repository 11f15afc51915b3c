
-- Counts the answers that are not `right`, in each thread, and prints what all of them did.
wrong, first_wrong = 0, ""
local threads = {}
local before = setup
function setup(thread)
  if before then before(thread) end
  table.insert(threads, thread)
end
local seen = response
function response(status, headers, body)
  if seen then seen(status, headers, body) end
  if not right(status, headers, body) then
    wrong = wrong + 1
    if first_wrong == "" then first_wrong = status .. " " .. string.sub(body, 1, 300) end
  end
end
local function quoted(text)
  return '"' .. string.gsub(text, "[^%w .,:;=_/-]", " ") .. '"'
end
function done(summary, latency, requests)
  local all, first = 0, ""
  for _, thread in ipairs(threads) do
    all = all + thread:get("wrong")
    if first == "" then first = thread:get("first_wrong") end
  end
  local broken = summary.errors
  if first == "" and broken.connect + broken.read + broken.write + broken.timeout > 0 then
    first = "connect " .. broken.connect .. ", read " .. broken.read .. ", write " .. broken.write .. ", timeout " .. broken.timeout
  end
  all = all + broken.connect + broken.read + broken.write + broken.timeout
  print(string.format('RESULT {"answers": %d, "wrong": %d, "seconds": %f, "p50": %f, "p99": %f, "first_wrong": %s}',
    summary.requests, all, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, quoted(first)))
end
