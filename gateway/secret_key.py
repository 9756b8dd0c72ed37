"""The key that signs tokens: as set, else made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gateway.faults import StartupError
from gateway.settings import Settings

FILE_NAME = "secret_key"


def secret_key(settings: Settings) -> str:
    """The same on every start. StartupError: replicas may share the database, but no key is set, or the file is bad."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if settings.is_shared:
        raise StartupError(
            "GATEHOUSE_SECRET_KEY: must be set (the same on every replica) when PostgreSQL or Redis is used"
        )
    return _kept(data_folder(settings) / FILE_NAME)


def data_folder(settings: Settings) -> Path:
    """The data folder, made when missing and closed to others."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as exc:
        raise StartupError(f"GATEHOUSE_DATA_DIR: {settings.data_dir} cannot be made ({exc.strerror})") from exc
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        raise StartupError(f"GATEHOUSE_DATA_DIR: {settings.data_dir} is not writable by this user")
    return settings.data_dir.absolute()


def _kept(path: Path) -> str:
    try:
        return _read(path) if path.exists() else _make(path)
    except OSError as exc:
        raise StartupError(f"GATEHOUSE_DATA_DIR: {path} cannot be used ({exc.strerror})") from exc


def _make(path: Path) -> str:
    """Written aside and linked into place, so that of two first starts both use the one that came first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)


def _read(path: Path) -> str:
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if len(text) < 32:
        raise StartupError(f"{path} holds no key; restore it, or remove it to make a new one (which ends all sessions)")
    return text
