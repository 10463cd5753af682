local hs = {status = "Progressing", message = "waiting for Strimzi"}
local status = obj.status
if type(status) ~= "table" then
  return hs
end
local seen = status.observedGeneration
if seen ~= nil and seen ~= obj.metadata.generation then
  return hs
end
if type(status.conditions) ~= "table" then
  return hs
end
for _, c in ipairs(status.conditions) do
  if c.type == "NotReady" and c.status == "True" or c.type == "Ready" and c.status == "False" and (c.reason or "") ~= "" then
    return {status = "Degraded", message = c.message or c.reason}
  end
  if c.type == "ReconciliationPaused" and c.status == "True" then
    return {status = "Suspended", message = "reconciliation is paused"}
  end
  if c.type == "Ready" and c.status == "True" then
    return {status = "Healthy"}
  end
end
return hs
