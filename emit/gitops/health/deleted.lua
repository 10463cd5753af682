-- What is being deleted is on its way, whatever its last status says.
if obj.metadata ~= nil and obj.metadata.deletionTimestamp ~= nil then
  local waiting = table.concat(obj.metadata.finalizers or {}, ", ")
  if waiting == "" then
    return {status = "Progressing", message = "is being deleted"}
  end
  return {status = "Progressing", message = "is being deleted, which waits for " .. waiting}
end
