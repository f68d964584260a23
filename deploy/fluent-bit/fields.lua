-- The fields of our logs, whoever wrote the line: level, service, message; the rest of what it said stays.
local LEVELS = {
  I = "INFO", W = "WARN", E = "ERROR", F = "FATAL",
  WARNING = "WARN", CRITICAL = "FATAL", TRACE = "DEBUG",
}

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
  record["stream"] = nil
  record["_p"] = nil
  -- Python's and Java's traces come below the line that they belong to.
  local first, rest = string.match(tostring(record["message"]), "^([^\n]*)\n(.+)$")
  if first then
    record["message"], record["stackTrace"] = first, rest
  end
  return 1, timestamp, record
end
