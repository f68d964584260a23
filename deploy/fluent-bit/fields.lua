-- The fields of our logs, whoever wrote the line: level, service, message; the rest of what it said stays.
local LEVELS = {
  I = "INFO", W = "WARN", E = "ERROR", F = "FATAL",
  WARNING = "WARN", CRITICAL = "FATAL", TRACE = "DEBUG",
}
local QUERY_ID = string.rep("%d", 8) .. "_" .. string.rep("%d", 6) .. "_" .. string.rep("%d", 5) .. "_" .. string.rep("%w", 5)

function fields(tag, timestamp, record)
  local about = record["kubernetes"] or {}
  local labels = about["labels"] or {}
  record["service"] = labels["app.kubernetes.io/name"] or about["container_name"] or "unknown"
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
  -- Trino's id of a query, where the line has it in its words only.
  if record["query_id"] == nil then
    record["query_id"] = string.match(tostring(record["message"]), QUERY_ID)
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
