-- Emissary writes a status only where AMBASSADOR_UPDATE_MAPPING_STATUS says so.
local state = type(obj.status) == "table" and obj.status.state or nil
if state == "Inactive" then
  return {status = "Degraded", message = obj.status.reason}
end
return {status = "Healthy"}
