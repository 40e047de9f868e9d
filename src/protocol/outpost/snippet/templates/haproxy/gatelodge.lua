-- Asks Gatelodge about a request, as nginx's auth_request does: the headers of the request go along, its body stays.
-- Sets txn.gatelodge_status, and txn.x_authentik_<name> (any header named here); anything but an answer leaves "500".
local TOLD = { <%= [...it.tellable.map(({ lower }) => lower), 'authorization'].map((name) => `"${name}"`).join(', ') %> }
local LEFT = { ["content-length"] = true, ["transfer-encoding"] = true, ["connection"] = true, ["upgrade"] = true }

core.register_action("gatelodge", { "http-req" }, function(txn, outpost)
  txn:set_var("txn.gatelodge_status", "500")
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not LEFT[name] then
      local list = {}
      -- In their order: the last address of X-Forwarded-For is the one that HAProxy has seen.
      for index = 0, #values do list[#list + 1] = values[index] end
      headers[name] = list
    end
  end
  local answer = core.httpclient():get({
    url = "http://" .. outpost .. "/outpost.goauthentik.io/auth/nginx",
    headers = headers,
    timeout = 5000,
  })
  if not answer or not answer.status then return end
  txn:set_var("txn.gatelodge_status", tostring(answer.status))
  for _, name in ipairs(TOLD) do
    local values = answer.headers[name]
    txn:set_var("txn." .. name:gsub("-", "_"), values and values[0] or "")
  end
end, 1)
