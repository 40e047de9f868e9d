-- Asks Gatelodge about a request, as nginx's auth_request does: the headers of the request go along, its body stays.
-- Sets txn.auth_status and txn.auth_<name> for each X-authentik-<name>; anything but an answer leaves "500" behind.
local TOLD = { "username", "groups", "entitlements", "email", "name", "uid" }

core.register_action("auth-request", { "http-req" }, function(txn, outpost)
  txn:set_var("txn.auth_status", "500")
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if name ~= "content-length" and name ~= "transfer-encoding" and name ~= "connection" then
      local list = {}
      for _, value in pairs(values) do list[#list + 1] = value end
      headers[name] = list
    end
  end
  local answer = core.httpclient():get({
    url = "http://" .. outpost .. "/outpost.goauthentik.io/auth/nginx",
    headers = headers,
    timeout = 5000,
  })
  if not answer or not answer.status then return end
  txn:set_var("txn.auth_status", tostring(answer.status))
  for _, name in ipairs(TOLD) do
    local values = answer.headers["x-authentik-" .. name]
    txn:set_var("txn.auth_" .. name, values and values[0] or "")
  end
end, 1)
