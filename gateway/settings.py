"""Every setting: its name, its default, what it means. Nobody else reads the environment.

Sources, strongest first: command-line options, GATEHOUSE_* variables, `.env`, `gatehouse.toml` (or the file that
GATEHOUSE_CONFIG names), defaults. Nested names are joined by two underscores: GATEHOUSE_LIMITS__PAGE_SIZE_MAX.
"""

from __future__ import annotations

import ipaddress
import json
import os
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, Literal, get_type_hints
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError as SourceError

from domain.errors import InvalidInput
from domain.limits import Limits, Rate
from domain.tenants.id_tags import clean_id_tag
from gateway.faults import StartupError
from gateway.graphql.settings import GraphQLSettings
from realtime.settings import SocketSettings

PREFIX = "GATEHOUSE_"
CONFIG_VARIABLE = "GATEHOUSE_CONFIG"
CONFIG_FILE = "gatehouse.toml"
UNKNOWN = "there is no such setting (`gatehouse settings` lists them all)"
NOT_SETTINGS = (CONFIG_VARIABLE, "GATEHOUSE_TEST_REQUIRE")


class SettingsError(StartupError):
    """A setting cannot be used; the message is one line and names the variable."""


class Rates(BaseModel):
    """How many requests one credential (or one address, without a credential) may send to a door. count 0: no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    skyport: Rate = Field(default=Rate(1200, 60.0), description="Skyport dialect: requests of one key.")
    cloudillo: Rate = Field(
        default=Rate(1000, 60.0), description="Cloudillo dialect: requests of one address without a credential."
    )
    cloudillo_signed_in: Rate = Field(
        default=Rate(5000, 60.0), description="Cloudillo dialect: requests of one person in one tenant."
    )


class S3Settings(BaseModel):
    """The bucket that file contents lie in, with STORAGE=s3 (needs the extra gatehouse[s3])."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str = Field(default="", description="Name of the bucket.")
    region: str = Field(default="us-east-1", description="Its region.")
    endpoint: str | None = Field(default=None, description="URL of a server that speaks S3; unset: AWS.")
    prefix: str = Field(default="blobs", description="What every key in the bucket begins with.")
    access_key: str | None = Field(default=None, description="Unset: what the machine's environment or role gives.")
    secret_key: SecretStr | None = Field(default=None, description="The access key's secret.")


class _EnvironmentSource(EnvSettingsSource):
    """Lists may be written with commas."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        return _decoded(value)


class _DotEnvSource(DotEnvSettingsSource):
    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        return _decoded(value)


class Settings(BaseSettings):
    """One gateway, worker or command."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    data_dir: Path = Field(
        default=Path("data"), description="Folder of the SQLite file, the secret key and process instances."
    )
    database_url: str | None = Field(
        default=None,
        description="sqlite:///path or postgresql://user:password@host/name. Default: gatehouse.db in DATA_DIR.",
    )
    redis_url: str | None = Field(
        default=None,
        description="redis://host:6379/0: bus, counters and leases of several replicas. Unset: in this process.",
    )
    runtime: Literal["auto", "docker", "process", "memory"] = Field(
        default="auto",
        description="Driver of the node made on first start; auto: docker if an engine answers, else process.",
    )
    docker_address: str = Field(
        default="", description="Engine of that node: unix:///path or tcp://host:port. Unset: the machine's own."
    )
    process_bind_host: str = Field(
        default="127.0.0.1", description="Address on which instances of the process driver listen."
    )
    storage: Literal["disk", "s3"] = Field(
        default="disk", description="Where file contents lie: in the folder `blobs` of DATA_DIR, or in a bucket."
    )
    s3: S3Settings = Field(default_factory=S3Settings, description="The bucket.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        default=None, description="How clients reach this gateway, when not by HOST and PORT."
    )
    hosts: dict[str, str] = Field(
        default_factory=dict, description="A dialect's own host name: GATEHOUSE_HOSTS__SKYPORT=skyport.example.org."
    )
    root_dialects: tuple[str, ...] = Field(
        default=("skyport", "cloudillo"), description="Dialects that answer at the root of the default host."
    )
    id_tag: str = Field(
        default="gatehouse.localhost",
        description="Id tag (a DNS name) of the default tenant; its Cloudillo API answers at cl-o.<id tag>.",
    )
    cors_origins: tuple[str, ...] = Field(
        default=("*",),
        description="Origins whose browsers may call the Cloudillo dialect; * for all of them (development).",
    )
    tls_certificates: tuple[Path, ...] = Field(
        default=(),
        description="Certificates for HTTPS, chosen by name and read anew when they change: PEM files (the key inside, "
        "or beside it as .key) or folders of fullchain.pem and privkey.pem. The first is the default. "
        "The port then speaks only HTTPS. Unset: no TLS.",
    )
    passkey_origins: tuple[str, ...] = Field(
        default=(), description="Further pages (scheme://host[:port]) on which passkeys may be used."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs tokens; 32 characters or more. Unset: made once and kept in DATA_DIR. "
        "Required with PostgreSQL or Redis.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Addresses or networks whose X-Forwarded-For and -Proto are believed."
    )
    worker: bool = Field(default=True, description="Run operations in this process too.")
    worker_concurrency: int = Field(default=8, ge=1, le=256, description="Operations at a time in one process.")
    shutdown_grace_s: float = Field(
        default=10.0, ge=0, description="Seconds for requests, sockets and operations to end."
    )
    seed: bool = Field(default=True, description="On first start make an owner, a tenant, a node, images and keys.")
    log_format: Literal["console", "json"] = Field(default="console", description="Logs for people or for machines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )
    limits: Limits = Field(default_factory=Limits, description="Numbers of the domain.")
    rates: Rates = Field(default_factory=Rates, description="Request rates by door.")
    graphql: GraphQLSettings = Field(
        default_factory=lambda: GraphQLSettings.model_validate({}), description="Bounds of GraphQL requests."
    )

    sockets: SocketSettings = Field(
        default_factory=lambda: SocketSettings.model_validate({}), description="Bounds of WebSockets."
    )

    @field_validator("id_tag")
    @classmethod
    def _id_tag(cls, value: str) -> str:
        try:
            return clean_id_tag(value)
        except InvalidInput as error:
            raise ValueError(error.message) from error

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is None or value.startswith(("postgres://", "postgresql://", "asyncpg://")):
            return value
        if not value.startswith("sqlite://") or value == "sqlite://" or ":memory:" in value:
            raise ValueError("must be sqlite:// with the path of a file, or postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("docker_address")
    @classmethod
    def _engine(cls, value: str) -> str:
        if value and not value.startswith(("unix:///", "tcp://")):
            raise ValueError("must start with unix:/// or tcp://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("must have 32 characters or more")
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            _EnvironmentSource(settings_cls),
            _DotEnvSource(settings_cls),
            TomlConfigSettingsSource(settings_cls, config_file()),
        )

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite://{quote(str((self.data_dir / 'gatehouse.db').absolute()))}"

    @property
    def is_shared(self) -> bool:
        """Whether other replicas may use the same database or Redis."""
        return self.redis_url is not None or not self.database.startswith("sqlite:")

    def address(self, port: int | None = None) -> str:
        """How clients reach this gateway. port: what was really bound, when PORT is 0."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        scheme = "https" if self.tls_certificates else "http"
        return self.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{port or self.port}"


def load_settings(**overrides: Any) -> Settings:
    """Read every source; None among the overrides means: not given. SettingsError names the variable at fault."""
    _refuse_unknown()
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as exc:
        fault = exc.errors()[0]
        raise SettingsError(f"{variable(fault['loc'])}: {_words_of(fault)}") from exc
    except SourceError as exc:
        raise SettingsError(f"{_named_in(str(exc))}: its text cannot be read") from exc


def variable(location: tuple[str | int, ...]) -> str:
    """The environment variable of a setting: ("limits", "page_size_max") → GATEHOUSE_LIMITS__PAGE_SIZE_MAX."""
    return PREFIX + "__".join(str(part) for part in location).upper()


def config_file() -> Path | None:
    """The TOML file in use: what GATEHOUSE_CONFIG names (it must exist), else gatehouse.toml here, else none."""
    named = os.environ.get(CONFIG_VARIABLE)
    path = Path(named or CONFIG_FILE)
    if named and not path.is_file():
        raise SettingsError(f"{CONFIG_VARIABLE}: there is no file {named}")
    return path if path.is_file() else None


def _refuse_unknown() -> None:
    """A misspelt name must not silently leave the default in place."""
    path = config_file()
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path} cannot be read: {exc}") from exc
    for name in _names_in(written):
        if not _is_known(name):
            raise SettingsError(f"{path}: there is no setting {'.'.join(name)}")
    for text in os.environ:
        if not text.startswith(PREFIX) or text in NOT_SETTINGS:
            continue
        if not _is_known(text.removeprefix(PREFIX).lower().split("__")):
            raise SettingsError(f"{text}: {UNKNOWN}")


def _names_in(table: dict[str, Any]) -> Iterator[list[str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ([name, *rest] for rest in _names_in(value))
        else:
            yield [name]


def _is_known(path: Sequence[str]) -> bool:
    owner: Any = Settings
    for name in path:
        names = fields_of(owner)
        if names is None:
            return owner is not None
        if name not in names:
            return False
        owner = names[name]
    return True


def fields_of(owner: Any) -> dict[str, Any] | None:
    """The names inside a settings class or dataclass, with their types; None when it has no inside."""
    if isinstance(owner, type) and issubclass(owner, BaseModel):
        return {name: info.annotation for name, info in owner.model_fields.items()}
    if isinstance(owner, type) and is_dataclass(owner):
        types = get_type_hints(owner)
        return {field.name: types[field.name] for field in dataclass_fields(owner)}
    return None


def _words_of(fault: Any) -> str:
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return UNKNOWN
    return str(fault["msg"]).removeprefix("Value error, ")


def _named_in(text: str) -> str:
    name = next((name for name in Settings.model_fields if f'"{name}"' in text), "a setting")
    return variable((name,))


def _decoded(text: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return tuple(filter(None, (word.strip() for word in text.split(","))))
