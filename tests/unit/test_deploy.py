"""What Docker Compose, Helm and Argo CD bring: whole, pinned, closed, without a secret. No container runs here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lakefront.config import load_settings
from lakefront.grafana.build import plan_build, plan_export
from lakefront.grafana.provisioning import INSTALLED, VARIABLES
from lakefront.grafana.scraping import COMPOSED, JOBS, PASSWORD_THERE, RULES_THERE, TARGETS_THERE
from lakefront.stack import opensearch
from tests.support.bundles import manifest, with_manifest
from tests.support.cli import ROOT

DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "lakefront"
SHARED = ROOT / "grafana_dashboards"
ENVIRONMENTS = ("dev", "staging", "prod")
TEXT = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PAGE = (ROOT / "docs" / "how-to" / "deploy-with-compose.md").read_text(encoding="utf-8")
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
MANIFEST = load_settings(bundle=ROOT, environ={}).manifest
#: Data sources that every Grafana has.
BUILT_IN = {"__expr__", "-- Grafana --", "-- Dashboard --", "-- Mixed --", "datasource", "grafana"}
#: A ConfigMap is kept beside its last change in an annotation, which holds 256 KiB.
LARGEST = 256 * 1024


def environ_of(environment: str) -> dict[str, str]:
    lines = (DEPLOY / "env" / environment / "compose.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def values_of(environment: str) -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "env" / environment / "values.yaml").read_text(encoding="utf-8"))


def over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return values as Helm merges them."""
    merged = {
        key: over(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in own.items()
    }
    return base | merged


def read_by(environment: str) -> dict[str, str]:
    """Return what Grafana reads in an environment: path -> text, its own over what all have."""
    own = DEPLOY / "env" / environment / "grafana"
    files = [
        (path.relative_to(base), path)
        for base in (SHARED, own)
        for folder, pattern in (("dashboards", "*.json"), ("provisioning", "*/*.yaml"))
        for path in sorted((base / folder).glob(pattern))
    ]
    return {str(name): path.read_text(encoding="utf-8") for name, path in files}


def asked_in(data: Any) -> set[str]:
    """Return the data sources that a dashboard or rule names, by type, and by uid where it is no variable."""
    if isinstance(data, list):
        return {name for item in data for name in asked_in(item)}
    if not isinstance(data, dict):
        return set()
    own = {str(data["datasourceUid"])} if "datasourceUid" in data else set[str]()
    source = data.get("datasource")
    if isinstance(source, dict):
        own |= {str(source[key]) for key in ("type", "uid") if not str(source.get(key, "$")).startswith("$")}
    return own | {name for item in data.values() for name in asked_in(item)}


class TestBoth:
    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_an_environment_reads_exactly_what_is_compiled_for_it(self, tmp_path: Path, environment: str) -> None:
        compiled = plan_export(load_settings(bundle=ROOT, env=environment, environ={}), tmp_path).files
        wanted = {str(path.relative_to(tmp_path)): text for path, text in compiled.items()}
        # A muting of the bundle's own environment that nobody's policy names would be left; there is none.
        assert read_by(environment) == wanted

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_every_data_source_that_is_asked_is_there_with_an_address(self, environment: str) -> None:
        files = {name: yaml.safe_load(text) for name, text in read_by(environment).items()}
        sources = files["provisioning/datasources/lakefront.yaml"]["datasources"]
        asked = {name for data in files.values() for name in asked_in(data)} - BUILT_IN
        assert asked <= {item[key] for item in sources for key in ("type", "uid")}
        assert {item["type"] for item in sources} <= asked
        variables = {item["url"].removeprefix("$") for item in sources}
        assert variables <= set(SERVICES["grafana"]["environment"])
        addresses = over(VALUES, values_of(environment))["sources"]
        assert {f"LAKEFRONT_{name.upper()}_URL" for name, value in addresses.items() if value} == variables

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_addresses_are_those_of_the_manifest(self, environment: str) -> None:
        trino = MANIFEST.env[environment].trino
        assert environ_of(environment)["LAKEFRONT_TRINO_URL"] == trino == values_of(environment)["sources"]["trino"]
        assert environ_of(environment)["LAKEFRONT_ENV"] == environment == values_of(environment)["environment"]

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_every_secret_that_it_reads_is_told(self, environment: str) -> None:
        header = next(line for line in PAGE.splitlines() if line.startswith("| in `grafana.env`"))
        column = [cell.strip() for cell in header.split("|")].index(environment)
        rows = [[cell.strip() for cell in line.split("|")] for line in PAGE.splitlines() if line.startswith("| `")]
        told = {row[1].strip("`") for row in rows if len(row) > column and row[column] == "yes"}
        texts = [text for name, text in read_by(environment).items() if name.startswith("provisioning/")]
        named = {name for text in texts for name in re.findall(r"^[^#\n]*: \$(LAKEFRONT_\w+)", text, re.MULTILINE)}
        assert named - set(SERVICES["grafana"]["environment"]) == {name for name in told if name.startswith("LAKE")}
        assert {name for name in told if name.startswith("GF_")} == {
            "GF_SECURITY_ADMIN_PASSWORD",
            "GF_SECURITY_SECRET_KEY",
        }

    def test_no_secret_is_in_a_file(self) -> None:
        """A key that is called like a secret has a variable, the name of a file or of a Secret, or nothing."""
        secret = re.compile(r"(?im)^[^#\n]*(?:password|secret_?key|token|webhook|slack_url)[\"']?[:=][ \t]*(\S[^\n]*)$")
        fine = re.compile(r"[\"']?\$|\{file: \"\$|false$")
        files = [DEPLOY / "compose.yaml", *(CHART / "templates").iterdir(), CHART / "values.yaml"]
        files += [path for path in (DEPLOY / "env").rglob("*") if path.is_file()]
        assert len(files) > 20
        found = [hit for path in files for hit in secret.findall(path.read_text(encoding="utf-8"))]
        assert [value for value in found if not fine.match(value)] == []
        assert secret.findall("GF_SECURITY_ADMIN_PASSWORD=hunter2\n  password: hunter3") == ["hunter2", "hunter3"]

    def test_both_have_the_plugins_and_the_settings(self) -> None:
        composed: dict[str, str] = SERVICES["grafana"]["environment"]
        assert composed["GF_PLUGINS_PREINSTALL_SYNC"] == f"${{LAKEFRONT_GRAFANA_PLUGINS:-{','.join(INSTALLED)}}}"
        assert VALUES["grafana"]["plugins"] == list(INSTALLED)
        template = (CHART / "templates" / "grafana.yaml").read_text(encoding="utf-8")
        assert set(re.findall(r'^\s+"([A-Z_]+)" ', template, re.MULTILINE)) == set(composed)
        assert set(VARIABLES) - set(composed) == {"LAKEFRONT_GRAFANA_TRINO_PASSWORD"}

    def test_an_environment_whose_tables_have_other_names_has_dashboards_of_its_own(self, tmp_path: Path) -> None:
        env = "[env.staging]\n"
        bundle = with_manifest(tmp_path / "bundle", manifest(env, f'{env}schema_prefix = "stg_"\n'))
        changes = plan_build(load_settings(bundle=bundle, environ={})).changes()
        changed = {str(path.relative_to(bundle)) for _, path in changes}
        assert "deploy/env/staging/grafana/dashboards/audit.json" in changed
        assert "deploy/env/staging/grafana/provisioning/alerting/rules.yaml" in changed
        assert [name for name in changed if not name.startswith("deploy/env/staging/grafana/")] == []


class TestCompose:
    def test_versions_are_pinned_and_those_of_the_local_stack(self) -> None:
        images = {name: item["image"].rsplit(":", 1) for name, item in SERVICES.items()}
        assert [name for name, image in images.items() if not re.search(r"\d+\.\d+\.\d+$", image[-1])] == []
        assert images["grafana"][1] == MANIFEST.grafana.version
        served = re.search(r'"(\d+\.\d+\.\d+)"', Path(opensearch.__file__).read_text(encoding="utf-8"))
        assert served
        assert images["opensearch"][1] == images["opensearch-setup"][1] == served[1]

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_everything_that_is_mounted_exists(self, environment: str) -> None:
        mounts = [item for service in SERVICES.values() for item in service["volumes"]]
        sources = [item["source"] for item in mounts if item["type"] == "bind"]
        here = [re.sub(r"\$\{LAKEFRONT_ENV[^}]*\}", environment, source) for source in sources if source[0] == "."]
        assert len(here) >= 8
        assert [source for source in here if not (DEPLOY / source).exists()] == []
        written = [item for item in mounts if not item.get("read_only")]
        assert {item["source"] for item in written} == set(COMPOSE["volumes"])

    def test_ports_are_open_on_this_host_only(self) -> None:
        ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
        assert len(ports) == 3
        assert [port for port in ports if not port.startswith("${LAKEFRONT_BIND:-127.0.0.1}:")] == []
        assert all("LAKEFRONT_BIND" not in environ_of(environment) for environment in ENVIRONMENTS)

    def test_every_service_may_little_and_is_bounded(self) -> None:
        for name, service in SERVICES.items():
            assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"]), name
            assert service["mem_limit"], name
            assert service["logging"]["options"]["max-size"], name
            assert service.get("read_only", False) is (name != "opensearch"), name
            assert "privileged" not in service, name
        unchecked = {name for name, service in SERVICES.items() if "healthcheck" not in service}
        assert unchecked == {"fluent-bit", "opensearch-setup"}

    def test_every_variable_has_a_default_or_is_required_and_all_are_told(self) -> None:
        used = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
        bare = set(re.findall(r"\$\{([A-Z_]+)\}", TEXT)) - set(re.findall(r"\$\{([A-Z_]+):", TEXT))
        assert bare == set()
        assert {name for name in used if f"`{name}`" not in PAGE} == set()
        required = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
        for environment in ENVIRONMENTS:
            assert required <= set(environ_of(environment))
            assert set(environ_of(environment)) - used == {"COMPOSE_PROFILES"}

    def test_figures_are_kept_as_long_as_the_promise_looks_back(self) -> None:
        assert environ_of("dev")["LAKEFRONT_METRICS_KEPT"] == MANIFEST.stack.metrics_kept == "3d"
        assert environ_of("prod")["LAKEFRONT_METRICS_KEPT"] == "30d"

    def test_prometheus_finds_what_is_mounted_for_it(self) -> None:
        made = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
        targets = {item["target"] for item in SERVICES["prometheus"]["volumes"]}
        assert {RULES_THERE, TARGETS_THERE, "/etc/prometheus/prometheus.yml"} <= targets
        assert f"/run/secrets/{SERVICES['prometheus']['secrets'][0]}" == PASSWORD_THERE
        jobs = {job["job_name"]: job for job in made["scrape_configs"]}
        assert set(jobs) == {job.name for job in JOBS}
        assert {name for name, job in jobs.items() if "static_configs" in job} == set(COMPOSED) <= set(SERVICES)
        for path in (DEPLOY / "env").glob("*/targets/*.yml"):
            assert path.stem in jobs

    def test_logs_are_kept_as_long_as_the_templates_say(self) -> None:
        for path in sorted((DEPLOY / "opensearch" / "templates").glob("*.json")):
            template = json.loads(path.read_text(encoding="utf-8"))
            policy = json.loads((path.parents[1] / "policies" / path.name).read_text(encoding="utf-8"))["policy"]
            assert policy["ism_template"][0]["index_patterns"] == template["index_patterns"]
            # An index is as old as its first day: what is kept counts from its last.
            period = {"day": 1, "month": 32}[template["_meta"]["period"]]
            age = policy["states"][0]["transitions"][0]["conditions"]["min_index_age"]
            assert age == f"{template['_meta']['keep_days'] + period}d"

    def test_lines_go_where_those_of_kubernetes_go(self) -> None:
        folder, names = DEPLOY / "fluent-bit", ("fluent-bit.yaml", "compose.yaml")
        of = {name: yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in names}
        (there,), (here,) = (of[name]["pipeline"]["outputs"] for name in of)
        secured = {"match", "tls", "tls.verify", "http_user", "http_passwd"}
        assert {key: value for key, value in there.items() if key not in secured} == {
            key: value for key, value in here.items() if key != "match"
        }

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_docker_compose_reads_it(self, tmp_path: Path, environment: str) -> None:
        command = compose_command()
        (tmp_path / "grafana.env").write_text("GF_SECURITY_ADMIN_PASSWORD=$not{a}variable\n", encoding="utf-8")
        (tmp_path / "trino-scraper-password").touch()
        files = {"--env-file": DEPLOY / "env" / environment / "compose.env", "--file": DEPLOY / "compose.yaml"}
        argv = [*command, *(str(word) for option in files.items() for word in option), "config", "--format", "json"]
        environ = {**os.environ, "LAKEFRONT_SECRETS": str(tmp_path)}
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        made = json.loads(done.stdout)["services"]
        assert set(made) == set(SERVICES)
        assert {port["host_ip"] for item in made.values() for port in item.get("ports", [])} == {"127.0.0.1"}
        # Compose shows a $ as it would have to be written.
        assert made["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"].replace("$$", "$") == "$not{a}variable"
        kept = environ_of(environment)["LAKEFRONT_METRICS_KEPT"]
        assert f"--storage.tsdb.retention.time={kept}" in made["prometheus"]["command"]


def compose_command() -> list[str]:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
            if done.returncode == 0 and done.stdout.lstrip("v").startswith(("2.", "3.", "4.", "5.")):
                return command
    pytest.skip("no docker compose 2 or newer on the path")


class TestHelm:
    def test_its_version_of_grafana_is_that_of_the_manifest(self) -> None:
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
        assert chart["appVersion"] == MANIFEST.grafana.version
        assert VALUES["grafana"]["image"]["tag"] == ""

    def test_its_files_are_those_of_the_bundle(self) -> None:
        links = {path.name: path.resolve() for path in (CHART / "files").iterdir()}
        assert all((CHART / "files" / name).is_symlink() for name in links)
        assert links == {"shared": SHARED, "env": DEPLOY / "env", "monitoring": DEPLOY / "kubernetes" / "monitoring"}
        template = (CHART / "templates" / "monitoring.yaml").read_text(encoding="utf-8")
        named = set(re.findall(r"files/monitoring/([a-z-]+\.yaml)", template))
        assert named == {path.name for path in links["monitoring"].iterdir()}

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_values_keep_to_their_schema(self, environment: str) -> None:
        schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(over(VALUES, values_of(environment)), schema)
        for wrong in ({"sources": {"trino": ""}}, {"grafana": {"env": {"GF_SMTP_PASSWORD": "x"}}}, {"replicas": 2}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(over(over(VALUES, values_of(environment)), wrong), schema)

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_no_configmap_is_too_large(self, environment: str) -> None:
        files = read_by(environment)
        alerting = sum(len(text) for name, text in files.items() if name.startswith("provisioning/alerting/"))
        assert max(alerting, *(len(json.dumps(text)) for text in files.values())) < LARGEST // 2

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_helm_renders_it(self, environment: str) -> None:
        if not shutil.which("helm"):
            pytest.skip("no helm on the path")
        values = str(DEPLOY / "env" / environment / "values.yaml")
        argv = ["helm", "template", "lakefront", str(CHART), "--kube-version", "1.33.0", "--values", values]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        made = [item for item in yaml.safe_load_all(done.stdout) if item]
        kinds = [item["kind"] for item in made]
        assert {"Deployment", "Service", "PersistentVolumeClaim", "NetworkPolicy", "Ingress"} <= set(kinds)
        assert kinds.count("ServiceMonitor") >= 8
        data: dict[str, str] = {}
        for item in made:
            data |= item["data"] if item["kind"] == "ConfigMap" else {}
        names = {Path(name).name for name in read_by(environment)}
        assert set(data) == names
        read = read_by(environment)
        assert data["contact-points.yaml"] == read["provisioning/alerting/contact-points.yaml"]
        assert data["audit.json"] == read["dashboards/audit.json"]


def test_argo_cd_brings_every_environment_from_this_chart() -> None:
    made = yaml.safe_load((DEPLOY / "argocd" / "applicationset.yaml").read_text(encoding="utf-8"))
    (generator,) = made["spec"]["generators"]
    assert tuple(item["environment"] for item in generator["list"]["elements"]) == ENVIRONMENTS
    source = made["spec"]["template"]["spec"]["source"]
    assert ROOT / source["path"] == CHART
    for environment in ENVIRONMENTS:
        (values,) = (name.replace("{{ .environment }}", environment) for name in source["helm"]["valueFiles"])
        assert (CHART / values).resolve() == DEPLOY / "env" / environment / "values.yaml"
