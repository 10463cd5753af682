-- Emissary-ingress writes no status; Edge Stack does.
local state = type(obj.status) == "table" and obj.status.state or nil
if state == "Error" then
  return {status = "Degraded", message = obj.status.errorReason}
end
if state == "Initial" or state == "Pending" then
  return {status = "Progressing", message = obj.status.phasePending}
end
return {status = "Healthy"}
