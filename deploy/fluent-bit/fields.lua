-- The fields of our logs, whoever wrote the line: level, service, message; the rest of what it said stays.
local LEVELS = {
  I = "INFO", W = "WARN", E = "ERROR", F = "FATAL",
  WARNING = "WARN", CRITICAL = "FATAL", TRACE = "DEBUG",
}
local QUERY_ID = "%f[%w]" .. string.rep("%d", 8) .. "_" .. string.rep("%d", 6) .. "_" .. string.rep("%d", 5) .. "_"
  .. string.rep("[a-z0-9]", 5) .. "%f[%W]"

-- Trino's id of the query that a text names; nil where it names none, or several.
local function only_query(text)
  local found
  for id in string.gmatch(text, QUERY_ID) do
    if found and found ~= id then
      return nil
    end
    found = id
  end
  return found
end

function fields(tag, timestamp, record)
  local about = record["kubernetes"] or {}
  local labels = about["labels"] or {}
  -- Without Kubernetes, Docker writes the name that Compose gives.
  local composed = (record["attrs"] or {})["com.docker.compose.service"]
  record["service"] = labels["app.kubernetes.io/name"] or about["container_name"] or composed or "unknown"
  record["attrs"] = nil
  record["pod"] = about["pod_name"]
  record["kubernetes"] = nil

  local said = record["level"] or record["severity"] or "INFO"
  said = string.upper(tostring(said))
  record["level"] = LEVELS[said] or said
  record["severity"] = nil

  if record["message"] == nil then
    record["message"] = record["msg"] or record["log"] or ""
    record["msg"] = nil
  end
  record["log"] = nil
  -- Found by it also where the line has it in its words only.
  if record["query_id"] == nil then
    record["query_id"] = only_query(tostring(record["thread"] or "") .. " " .. tostring(record["message"]))
  end
  record["stream"] = nil
  record["_p"] = nil
  -- Python's and Java's traces come below the line that they belong to.
  local first, rest = string.match(tostring(record["message"]), "^([^\n]*)\n(.+)$")
  if first then
    record["message"], record["stackTrace"] = first, rest
  end
  return 1, timestamp, record
end
