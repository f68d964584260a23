"""What a Grafana of the stack is told: its command line, its environment, what it reads. None runs here."""

from __future__ import annotations

import dataclasses
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakefront.config import Settings, generate_secrets, load_settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError
from lakefront.grafana.client import grafana_url
from lakefront.grafana.started import start_files
from lakefront.stack import control, doctor
from lakefront.stack.component import Context
from lakefront.stack.grafana import COMPONENT, environment, missing_plugins
from tests.support.cli import ROOT, lakefront
from tests.support.dashboard_server import TOKEN, DashboardServer

PORTS = {"trino": 1, "opensearch": 2, "prometheus": 3, "grafana": 4}
ARGUMENTS = ("--bundle", str(ROOT), "up", "--only", "grafana", "--ports", "auto", "--no-seed")


def release(folder: Path, program: str = "bin/grafana", script: str = "#!/bin/sh\nexit 0\n") -> Path:
    """Make a folder that looks like a release's. The program in it is none of Grafana's, and serves nothing."""
    for name in ("conf/defaults.ini", "public/index.html", program):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(script, encoding="utf-8")
    (folder / program).chmod(0o755)
    return folder


def settings_of(
    tmp_path: Path, home: Path | None = None, ports: dict[str, int] | None = None, **environ: str
) -> Settings:
    given = {"GRAFANA_HOME": str(home)} if home else {}
    found = load_settings(bundle=ROOT, home=tmp_path / "home", environ={"PATH": os.environ["PATH"], **given, **environ})
    found.home.prepare()
    generate_secrets(found.home)
    return dataclasses.replace(found, ports=ports if ports is not None else PORTS)


def context_of(settings: Settings) -> Context:
    return Context("grafana", settings, lambda *_: None, threading.Event())


def read(folder: Path) -> dict[str, Any]:
    return {
        str(path.relative_to(folder)): yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.yaml")
    }


class TestHowItIsStarted:
    @pytest.mark.parametrize(("program", "words"), [("bin/grafana", ["server"]), ("bin/grafana-server", [])])
    def test_either_program_of_a_release_is_called_with_its_folder(
        self, tmp_path: Path, program: str, words: list[str]
    ) -> None:
        home = release(tmp_path / "a release", program)
        launch = COMPONENT.launch(context_of(settings_of(tmp_path, home)))
        assert list(launch.argv) == [str(home / program), *words, f"--homepath={home}"]

    def test_it_listens_on_loopback_keeps_its_data_in_the_home_and_asks_nobody_outside(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, release(tmp_path / "release"))
        said = dict(environment(context_of(settings)))
        assert said["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
        assert said["GF_SERVER_HTTP_PORT"] == "4"
        assert said["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
        assert said["GF_ANALYTICS_REPORTING_ENABLED"] == "false"
        for name in ("DATA", "LOGS", "PLUGINS", "PROVISIONING"):
            assert Path(said[f"GF_PATHS_{name}"]).is_relative_to(settings.home.root)
        assert all(re.fullmatch(r"[A-Z0-9_]+", name) for name in said)

    def test_sources_are_named_by_their_real_addresses(self, tmp_path: Path) -> None:
        given = {"LAKEFRONT_TRINO_URL": "https://trino.example.com", "LAKEFRONT_GRAFANA_TRINO_PASSWORD": "of grafana"}
        said = dict(environment(context_of(settings_of(tmp_path, release(tmp_path / "release"), **given))))
        assert said["LAKEFRONT_PROMETHEUS_URL"] == "http://127.0.0.1:3"
        assert said["LAKEFRONT_OPENSEARCH_URL"] == "http://127.0.0.1:2"
        assert said["LAKEFRONT_TRINO_URL"] == "https://trino.example.com"
        assert said["LAKEFRONT_GRAFANA_TRINO_PASSWORD"] == "of grafana"

    def test_its_secrets_are_neither_on_its_command_line_nor_in_a_file_or_log(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, release(tmp_path / "release"))
        context = context_of(settings)
        COMPONENT.prepare(context)
        launch = COMPONENT.launch(context)
        secrets = {settings.secrets.grafana_password, settings.secrets.grafana_secret_key}
        assert secrets <= set(launch.env.values())
        texts = [repr(launch), *(path.read_text("utf-8") for path in settings.home.root.rglob("*") if path.is_file())]
        assert [text for text in texts for secret in secrets if secret in text] == []

    def test_where_plugins_are_may_be_said(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, release(tmp_path / "release"), GF_PATHS_PLUGINS=str(tmp_path / "plugins"))
        assert missing_plugins(settings) == ["grafana-opensearch-datasource", "trino-datasource"]
        (tmp_path / "plugins" / "trino-datasource").mkdir(parents=True)
        assert missing_plugins(settings) == ["grafana-opensearch-datasource"]
        said = dict(environment(context_of(settings)))
        assert said["GF_PATHS_PLUGINS"] == str(tmp_path / "plugins")

    @pytest.mark.parametrize(
        ("script", "says"),
        [
            ("not for this machine", "Exec format error"),
            ("#!/bin/sh\necho no such library >&2\nexit 127\n", "no such lib"),
        ],
    )
    def test_a_program_that_does_not_run_is_told(self, tmp_path: Path, script: str, says: str) -> None:
        settings = settings_of(tmp_path, release(tmp_path / "release", script=script))
        with pytest.raises(CheckFailedError, match=says) as caught:
            COMPONENT.prepare(context_of(settings))
        assert caught.value.code == "grafana-broken"


class TestWhatItReads:
    def test_it_is_written_for_the_environment_and_names_only_what_the_process_is_told(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, release(tmp_path / "release"), LAKEFRONT_ALERT_WEBHOOK="http://127.0.0.1:9/")
        context = context_of(settings)
        COMPONENT.prepare(context)
        found = read(context.etc / "provisioning")
        assert {item["uid"] for item in found["datasources/lakefront.yaml"]["datasources"]} == {
            "lakefront-prometheus", "lakefront-opensearch", "lakefront-trino",
        }  # fmt: skip
        assert "alerting/contact-points.yaml" in found
        told = {*settings.environ, *dict(environment(context))}
        named = {name for data in found.values() for name in re.findall(r"\$([A-Z_]+)", str(data))}
        assert "LAKEFRONT_ALERT_WEBHOOK" in named
        assert named <= told

    def test_dashboards_are_those_of_git_but_those_that_have_no_metrics(self, tmp_path: Path) -> None:
        start_files(settings_of(tmp_path, ports={}), tmp_path, unset=(), told_elsewhere=False).write()
        made = {path.name for path in (tmp_path / "dashboards").glob("*.json")}
        kept = {path.name for path in (ROOT / "grafana_dashboards" / "dashboards").glob("*.json")}
        assert kept - made == {"kubernetes.json", "pipelines.json"}
        for name in ("trino.json", "logs.json"):
            in_git = (ROOT / "grafana_dashboards" / "dashboards" / name).read_text("utf-8")
            assert (tmp_path / "dashboards" / name).read_text("utf-8") == in_git

    def test_nobody_is_told_twice_where_prometheus_tells(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, ports={})
        for told_elsewhere in (False, True):
            folder = tmp_path / str(told_elsewhere)
            start_files(settings, folder, unset=(), told_elsewhere=told_elsewhere).write()
            groups = read(folder / "provisioning")["alerting/rules.yaml"]["groups"]
            asked = {rule["data"][0]["datasourceUid"] for group in groups for rule in group["rules"]}
            assert ("lakefront-prometheus" in asked) is not told_elsewhere
            assert "lakefront-trino" in asked
            assert all(group["rules"] for group in groups)
        # Those that an earlier start had are taken out, too.
        rules = [read(tmp_path / name / "provisioning")["alerting/rules.yaml"] for name in ("False", "True")]
        before, after = ({rule["uid"] for group in said["groups"] for rule in group["rules"]} for said in rules)
        assert {said["uid"] for said in rules[1]["deleteRules"]} == before - after

    def test_without_an_address_nobody_is_told_and_it_starts_all_the_same(self, tmp_path: Path) -> None:
        context = context_of(settings_of(tmp_path, release(tmp_path / "release")))
        COMPONENT.prepare(context)
        found = read(context.etc / "provisioning")
        assert [name for name in found if name.startswith("alerting/")] == ["alerting/rules.yaml"]

    def test_what_git_has_no_more_is_gone_at_the_next_start(self, tmp_path: Path) -> None:
        context = context_of(settings_of(tmp_path, release(tmp_path / "release")))
        old = context.etc / "dashboards" / "old.json"
        old.parent.mkdir(parents=True)
        old.write_text("{}", encoding="utf-8")
        COMPONENT.prepare(context)
        assert not old.exists()
        assert list(old.parent.glob("*.json"))


class TestWhereThereIsNone:
    def test_a_group_goes_on_without_it_and_its_name_is_refused(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path)
        names, left_out = control.startable(settings, ["trino", "grafana"], ["ops"])
        assert names == ["trino"]
        assert left_out["grafana"].startswith("there is no Grafana here: `lakefront install grafana`, or name")
        with pytest.raises(CheckFailedError, match="there is no Grafana here"):
            control.startable(settings, ["grafana"], ["grafana"])

    def test_a_given_folder_that_is_none_is_an_error_either_way(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, tmp_path / "nowhere")
        with pytest.raises(BadInputError, match="GRAFANA_HOME names no unpacked release"):
            control.startable(settings, ["trino", "grafana"], ["ops"])

    def test_doctor_says_how_to_get_what_is_missing(self, tmp_path: Path) -> None:
        settings = dataclasses.replace(settings_of(tmp_path), environ={"PATH": str(tmp_path)})
        checks = (doctor.programs_here, doctor.grafana_here)
        found = [finding for check in checks for finding in check(settings)]
        assert {finding.level for finding in found} == {doctor.Level.WARNING}
        fixes = " ".join(finding.fix for finding in found)
        for words in (
            "apt install prometheus`", "apt install prometheus-alertmanager`", "apt install prometheus-node-exporter`",
            "[stack.programs]", "lakefront install grafana", "GRAFANA_HOME", "GRAFANA_URL",
        ):  # fmt: skip
            assert words in fixes
        assert any("promtool" in finding.what for finding in found)

    def test_doctor_tells_what_is_there_and_which_plugins_it_lacks(self, tmp_path: Path) -> None:
        home = release(tmp_path / "release")
        ok, *lacking = doctor.grafana_here(settings_of(tmp_path, home))
        assert (ok.level, ok.what) == (doctor.Level.OK, str(home))
        assert [finding.level for finding in lacking] == [doctor.Level.WARNING] * 2
        (bad,) = doctor.grafana_here(settings_of(tmp_path, tmp_path / "nowhere"))
        assert bad.level is doctor.Level.BAD


class TestOneThatIsGiven:
    def test_either_variable_or_the_manifest_names_it(self, tmp_path: Path) -> None:
        for name in ("GRAFANA_URL", "LAKEFRONT_GRAFANA_URL"):
            settings = settings_of(tmp_path, ports={}, **{name: "https://grafana.example.com/sub/"})
            service = settings.service("grafana")
            assert (service.url, service.external) == ("https://grafana.example.com/sub", True)
            assert grafana_url(settings) == service.url
            assert "grafana" not in control.select(settings, [], [], ["ops"])
            assert "grafana" in control.wanted(settings, [], [], ["ops"])
            assert "grafana" not in control.wanted(settings, [], [], [])

    def test_none_is_named_and_none_was_started(self, tmp_path: Path) -> None:
        with pytest.raises(LakefrontError, match="nothing says where Grafana is"):
            grafana_url(settings_of(tmp_path, ports={}))
        assert grafana_url(settings_of(tmp_path)) == "http://127.0.0.1:4"

    def test_without_a_token_up_says_so_before_it_starts_anything(self, tmp_path: Path) -> None:
        done = lakefront(*ARGUMENTS, home=tmp_path / "home", env={"GRAFANA_URL": "http://127.0.0.1:9"})
        assert (done.returncode, done.stdout) == (3, "")
        assert "there is no token for Grafana" in done.stderr
        assert not (tmp_path / "home").exists()

    def test_up_applies_the_dashboards_to_it(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        with DashboardServer() as server:
            try:
                env = {"GRAFANA_URL": server.url, "LAKEFRONT_GRAFANA_TOKEN": TOKEN}
                done = lakefront(*ARGUMENTS, home=home, env=env)
                assert done.returncode == 0, done.stderr
                assert f"grafana  {server.url}" in done.stdout
                assert {"trino", "logs", "lakehouse-overview"} <= set(server.dashboards)
            finally:
                lakefront("down", home=home)
