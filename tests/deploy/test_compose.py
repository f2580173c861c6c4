"""The Compose file: valid, and as careful as docs/deployment.md says. Nothing is started."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from lookalike import __version__
from lookalike.cluster.versions import DEFAULT_VERSION
from tests.test_cli import ROOT

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
FILE = DEPLOY / "docker-compose.yml"
EXAMPLE = DEPLOY / ".env.example"
SECRETS = ("OPENSEARCH_ADMIN_PASSWORD", "DASHBOARDS_PASSWORD", "WORKER_PASSWORD", "WEB_PASSWORD")
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def example() -> dict[str, str]:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def filled(values: dict[str, str]) -> str:
    """The file with its variables filled in as Compose does; raises KeyError for one that is demanded."""

    def value(match: re.Match[str]) -> str:
        name, kind, text = match.groups()
        if values.get(name):
            return values[name]
        if kind != "-":
            raise KeyError(name)
        return str(text)

    return VARIABLE.sub(value, FILE.read_text())


def services() -> dict[str, dict[str, Any]]:
    content: dict[str, Any] = yaml.safe_load(filled(example() | dict.fromkeys(SECRETS, "a long password")))
    return dict(content["services"])


SERVICES = services()


def test_it_is_valid_by_the_specification() -> None:
    text = filled(example() | dict.fromkeys(SECRETS, "a long password"))
    # Merge keys are YAML's, and resolved before the specification counts.
    content = yaml.safe_load(text)
    assert set(PyCompose.from_json(json.dumps(content)).to_spec().services or {}) == set(SERVICES)
    content["services"]["web"]["imagge"] = "x"
    with pytest.raises(ValueError, match="imagge"):
        PyCompose.from_json(json.dumps(content))


def test_docker_compose_takes_it() -> None:
    """Where the command has the plugin `compose`, which CI's has not."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed; the test above looks at the same file")
    environment = {**os.environ, **example(), **dict.fromkeys(SECRETS, "a long password")}
    answer = subprocess.run(
        [docker, "compose", "--file", FILE, "config", "--quiet"], env=environment, capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("name", SECRETS)
def test_it_does_not_start_without_a_password(name: str) -> None:
    assert example()[name] == ""
    with pytest.raises(KeyError, match=name):
        filled(example() | {other: "a long password" for other in SECRETS if other != name})


def test_every_variable_is_explained_in_the_example() -> None:
    assert {match[1] for match in VARIABLE.finditer(FILE.read_text())} == set(example())


def test_the_example_lies_beside_the_file_that_it_names() -> None:
    named = re.findall(r"\S+\.yml", EXAMPLE.read_text())
    assert named
    assert [name for name in named if not (DEPLOY / name).is_file()] == []


def test_references_are_to_what_is_there() -> None:
    content = yaml.safe_load(FILE.read_text())
    used = set()
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith((".", "/")):
                used.add(source)
            elif source.startswith("./") and not source.startswith("./secure"):
                assert (DEPLOY / source).is_file()
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert used == set(content["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_limited_and_not_root(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*", service["image"])
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert str(service.get("user", "1000")).split(":")[0] != "0"
    if service["restart"] != "no":
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")


def test_versions_are_those_of_the_project() -> None:
    assert SERVICES["opensearch"]["image"] == f"lookalike/opensearch:{DEFAULT_VERSION}-{__version__}"
    assert SERVICES["dashboards"]["image"].endswith(f":{DEFAULT_VERSION}")
    assert SERVICES["worker"]["image"] == SERVICES["web"]["image"] == f"lookalike:{__version__}"
    assert f"ARG OPENSEARCH={DEFAULT_VERSION}\n" in (DEPLOY / "opensearch.Dockerfile").read_text()


def test_commands_and_their_options_are_those_that_lookalike_has() -> None:
    ours = {name: service["command"] for name, service in SERVICES.items() if service["image"].startswith("lookalike:")}
    assert ours.pop("prepare") == ["/secure"]
    assert {name: command[0] for name, command in ours.items()} == {"init": "init", "worker": "ingest", "web": "serve"}
    for name, *arguments in ours.values():
        known = {option for item in ROOT.commands[name].params for option in item.opts}
        assert {text for text in arguments if text.startswith("--")} <= known


def test_no_secret_stands_in_a_file() -> None:
    for file in DEPLOY.rglob("*"):
        if file.suffix in {".yml", ".Dockerfile", ".example"}:
            for line in file.read_text().splitlines():
                key, _, value = line.partition("PASSWORD")
                assert not key or not re.match(r"[:=]\s*[^\s$\"]", value), f"{file.name}: {line}"


def test_configuration_is_yaml_and_security_is_not_the_demonstration() -> None:
    settings = yaml.safe_load((DEPLOY / "opensearch" / "opensearch.yml").read_text())
    assert SERVICES["opensearch"]["environment"]["DISABLE_INSTALL_DEMO_CONFIG"] == "true"
    assert not [key for key in settings if "demo" in key or key.endswith("security.disabled")]
    assert settings["plugins.security.ssl.http.enabled"] is True
    roles = yaml.safe_load((DEPLOY / "opensearch" / "roles.yml").read_text())
    mapping = yaml.safe_load((DEPLOY / "opensearch" / "roles_mapping.yml").read_text())
    assert {name for name in mapping if name.startswith("lookalike")} == set(roles) - {"_meta"}
    allowed = roles["lookalike_search"]["index_permissions"][0]["allowed_actions"]
    assert not [action for action in allowed if "write" in action or action in {"crud", "manage", "*"}]
    dashboards = yaml.safe_load((DEPLOY / "dashboards" / "opensearch_dashboards.yml").read_text())
    assert dashboards["opensearch.ssl.verificationMode"] == "full"
    assert "opensearch.password" not in dashboards
