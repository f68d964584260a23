{{- define "lakefront.grafana" -}}
{{ printf "%s-grafana" .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "lakefront.selector" -}}
app.kubernetes.io/name: grafana
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "lakefront.labels" -}}
{{ include "lakefront.selector" . }}
app.kubernetes.io/part-of: lakefront
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* Files of one folder of Grafana's, name -> text as YAML: the environment's own over what all have. */ -}}
{{- define "lakefront.files" -}}
{{- $root := .root }}
{{- $found := dict }}
{{- range $base := list "files/shared" (printf "files/env/%s/grafana" $root.Values.environment) }}
{{- range $path, $_ := $root.Files.Glob (printf "%s/%s" $base $.glob) }}
{{- $_ := set $found (base $path) ($root.Files.Get $path) }}
{{- end }}
{{- end }}
{{- toYaml $found }}
{{- end }}

{{- /* The port of an address. */ -}}
{{- define "lakefront.port" -}}
{{- $parts := urlParse . }}
{{- $port := regexFind ":[0-9]+$" $parts.host | trimPrefix ":" }}
{{- $port | default (eq $parts.scheme "https" | ternary "443" "80") }}
{{- end }}
