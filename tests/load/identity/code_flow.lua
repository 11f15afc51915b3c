-- One whole code flow after the other: the authorization request with a session's cookie, then the redemption.
-- Each thread has one connection, so an answer belongs to the request before it. `flow` is set above.

local n, code = 0, nil
function request()
  if code then
    local body = flow.redemption .. "&code=" .. code
    local headers = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Authorization"] = flow.authorization }
    return wrk.format("POST", flow.token_path, headers, body)
  end
  n = n + 1
  return wrk.format("GET", flow.authorization_path .. "&state=" .. n .. "&nonce=" .. n, { ["Cookie"] = flow.cookies })
end
function response(status, headers, body)
  if code then
    code = nil
    return
  end
  local location = headers["location"] or headers["Location"] or ""
  code = string.match(location, "[?&]code=([^&]+)")
end
function right(status, headers, body)
  if status == 303 or status == 302 then return code ~= nil end
  return status == 200 and string.find(body, "id_token", 1, true)
end
