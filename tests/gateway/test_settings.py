"""Settings: where they come from, and what a bad one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.limits import Rate
from gateway.settings import Settings, SettingsError, load_settings, variable

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_defaults_serve_a_single_machine() -> None:
    settings = load_settings()
    assert settings.database == f"sqlite://{Path('data/gatehouse.db').absolute()}"
    assert settings.address() == "http://127.0.0.1:8080"
    assert (settings.runtime, settings.worker, settings.is_shared) == ("auto", True, False)


def test_options_beat_variables_beat_env_file_beat_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("gatehouse.toml").write_text('port = 1\nhost = "a"\nlog_format = "json"\nruntime = "docker"\n')
    Path(".env").write_text("GATEHOUSE_PORT=2\nGATEHOUSE_HOST=b\nGATEHOUSE_LOG_FORMAT=console\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("GATEHOUSE_PORT", "3")
    monkeypatch.setenv("GATEHOUSE_HOST", "c")
    settings = load_settings(port=4, host=None)
    assert (settings.port, settings.host, settings.log_format, settings.runtime) == (4, "c", "console", "docker")


def test_another_toml_file_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = tmp_path / "other.toml"
    named.write_text('[limits]\npage_size_max = 77\n[hosts]\nskyport = "sky.example.org"\n')
    monkeypatch.setenv("GATEHOUSE_CONFIG", str(named))
    settings = load_settings()
    assert settings.limits.page_size_max == 77
    assert settings.hosts == {"skyport": "sky.example.org"}


def test_nested_names_and_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOSTS__SKYPORT": "sky.example.org",
        "ROOT_DIALECTS": "skyport, other",
        "TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.1",
        "LIMITS__SIGN_IN_FAILURES__COUNT": "3",
        "LIMITS__SIGN_IN_FAILURES__PER_S": "60",
        "GRAPHQL__MAX_DEPTH": "5",
        "GRAPHQL__ALLOWED_ORIGINS": "https://a.example,https://b.example",
    }.items():
        monkeypatch.setenv(f"GATEHOUSE_{name}", value)
    settings = load_settings()
    assert settings.hosts == {"skyport": "sky.example.org"}
    assert settings.root_dialects == ("skyport", "other")
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")
    assert settings.limits.sign_in_failures == Rate(3, 60)
    assert settings.graphql.max_depth == 5
    assert settings.graphql.allowed_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GATEHOUSE_PORT", "many", "valid integer"),
        ("GATEHOUSE_PORT", "70000", "less than or equal to 65535"),
        ("GATEHOUSE_DATABASE_URL", "mysql://x", "sqlite://"),
        ("GATEHOUSE_DATABASE_URL", "sqlite://:memory:", "path of a file"),
        ("GATEHOUSE_REDIS_URL", "http://x", "redis://"),
        ("GATEHOUSE_RUNTIME", "lxc", "'auto', 'docker', 'process' or 'memory'"),
        ("GATEHOUSE_DOCKER_ADDRESS", "/var/run/docker.sock", "unix:///"),
        ("GATEHOUSE_SECRET_KEY", "short", "32 characters"),
        ("GATEHOUSE_PUBLIC_URL", "example.org", "http://"),
        ("GATEHOUSE_TRUSTED_PROXIES", "nowhere", "does not appear"),
        ("GATEHOUSE_WORKER_CONCURRENCY", "0", "greater than or equal to 1"),
        ("GATEHOUSE_LIMITS__PAGE_SIZE_MAX", "x", "valid integer"),
        ("GATEHOUSE_LIMITS__PAGE_SIZE", "1", "no such setting"),
        ("GATEHOUSE_RATES__NOBODY__COUNT", "1", "no such setting"),
        ("GATEHOUSE_PROT", "8080", "no such setting"),
    ],
)
def test_a_bad_value_names_its_variable_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value).startswith(f"{name}: ")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_bad_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_SECRET_KEY", "hush-hush")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "no setting prot"),
        ("[limits]\npages = 1", "no setting limits.pages"),
        ("port = ", "cannot be read"),
    ],
)
def test_a_bad_toml_file_is_said_in_one_line(text: str, words: str) -> None:
    Path("gatehouse.toml").write_text(text)
    with pytest.raises(SettingsError, match=words) as raised:
        load_settings()
    assert "gatehouse.toml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_toml_file_that_is_named_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_CONFIG", "nowhere.toml")
    with pytest.raises(SettingsError, match=r"GATEHOUSE_CONFIG: there is no file nowhere\.toml"):
        load_settings()


def test_an_empty_variable_means_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_REDIS_URL", "")
    assert load_settings().redis_url is None


def test_secrets_do_not_show_in_the_representation() -> None:
    assert "x" * 40 not in repr(load_settings(secret_key="x" * 40))


@pytest.mark.parametrize(
    ("chosen", "address"),
    [
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8080"),
        ({"host": "::1", "port": 90}, "http://[::1]:90"),
        ({"host": "192.0.2.5"}, "http://192.0.2.5:8080"),
        ({"public_url": "https://cloud.example.org/"}, "https://cloud.example.org"),
    ],
)
def test_the_address_is_one_that_clients_can_use(chosen: dict[str, str], address: str) -> None:
    assert load_settings(**chosen).address() == address


def test_replicas_share_a_database_or_redis() -> None:
    assert load_settings(database_url="postgresql://db/x").is_shared
    assert load_settings(redis_url="redis://r").is_shared
    assert not load_settings(database_url="sqlite:///x.db").is_shared


def test_variables_are_named_like_the_fields() -> None:
    assert variable(("limits", "page_size_max")) == "GATEHOUSE_LIMITS__PAGE_SIZE_MAX"
    assert all(name == name.lower() for name in Settings.model_fields)
