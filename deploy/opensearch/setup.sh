#!/usr/bin/env bash
# Tell an OpenSearch what this folder says: scripts, pipelines, index templates, and how long indices are kept.
# `lakefront up` does the same for the local stack. Usage: setup.sh http://opensearch:9200
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
url="${1:?the address of OpenSearch, such as http://opensearch:9200}"

send() { # METHOD PATH: what comes in is the body; what OpenSearch answers is shown where it refuses
  local answer
  answer="$(curl --silent --show-error --fail-with-body --max-time 30 --request "$1" "$url/$2" \
    --header 'Content-Type: application/json' --data-binary @-)" || { echo "$1 $2: $answer" >&2; return 1; }
}

name_of() { local file="${1##*/}"; echo "${file%.*}"; }

for file in scripts/*.painless; do
  source="$(<"$file")"
  source="${source//\\/\\\\}" source="${source//\"/\\\"}" source="${source//$'\t'/\\t}" source="${source//$'\n'/\\n}"
  # In the context of a pipeline, so that it is compiled, and refused, here.
  printf '{"script": {"lang": "painless", "source": "%s"}}' "$source" | send PUT "_scripts/$(name_of "$file")/ingest"
done
for file in pipelines/*.json; do send PUT "_ingest/pipeline/$(name_of "$file")" <"$file"; done
for file in templates/*.json; do send PUT "_index_template/$(name_of "$file")" <"$file"; done

# How long is the plugin index-management's work: the image has it, an OpenSearch without plugins has not.
if curl --silent --fail --max-time 30 "$url/_cat/plugins?h=component" | grep --quiet opensearch-index-management; then
  for file in policies/*.json; do
    policy="_plugins/_ism/policies/lakefront-$(name_of "$file")"
    # One that is there is changed by number only: so it is made anew.
    curl --silent --output /dev/null --max-time 30 --request DELETE "$url/$policy"
    send PUT "$policy" <"$file"
  done
else
  echo "no plugin index-management: old indices are not deleted" >&2
fi
echo "scripts, pipelines and templates are there"
