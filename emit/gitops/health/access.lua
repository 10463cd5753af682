local hs = {status = "Progressing", message = "waiting for the Kafka access operator"}
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
  if c.type == "Ready" and c.status == "True" then
    return {status = "Healthy"}
  end
  -- The Secret of a new user takes a moment.
  if c.type == "Ready" and c.status == "False" and c.reason ~= "MissingKubernetesResource" then
    return {status = "Degraded", message = c.message or c.reason}
  end
  if c.type == "Ready" and c.message ~= nil then
    hs.message = c.message
  end
end
return hs
