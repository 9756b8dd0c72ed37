"""TLS ended here: several certificates, chosen by the name a client asks for, and read anew when their files change."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.faults import StartupError

LOOK_AGAIN_S = 1.0
CHAIN, PRIVATE = "fullchain.pem", "privkey.pem"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """names: as in the certificate, lower case, wildcards as they are. stamps: of its files when they were read."""

    chain: Path
    key: Path
    names: frozenset[str]
    context: ssl.SSLContext
    stamps: tuple[tuple[int, int], ...]

    @property
    def is_current(self) -> bool:
        return self.stamps == _stamps(self.chain, self.key)


class Certificates:
    """paths: PEM files (the key inside, or beside it as .key), or folders of fullchain.pem and privkey.pem.

    The first is shown to who asks for a name that none has. StartupError: one cannot be used.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = [_files_of(path) for path in paths]
        self._loaded = [_load(chain, key) for chain, key in self._paths]
        self._looked_at = time.monotonic()
        self.context = _context(*self._paths[0])
        self.context.sni_callback = self._choose

    def named(self, name: str | None) -> ssl.SSLContext:
        """The certificate for a host name: an exact one before a wildcard."""
        wanted = (name or "").lower().rstrip(".")
        for candidate in (wanted, f"*.{wanted.partition('.')[2]}"):
            for one in self._loaded:
                if candidate in one.names:
                    return one.context
        return self._loaded[0].context

    def renew(self) -> None:
        """Read what has changed. What cannot be read (yet) stays as it was."""
        for place, one in enumerate(self._loaded):
            if one.is_current:
                continue
            try:
                self._loaded[place] = _load(one.chain, one.key)
            except StartupError as fault:
                log.warning("a certificate that changed cannot be used; the former one stays", reason=str(fault))
            else:
                log.info("a certificate was renewed", names=sorted(self._loaded[place].names))

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_AGAIN_S:
            self._looked_at = now
            self.renew()
        connection.context = self.named(name)


def _files_of(path: Path) -> tuple[Path, Path]:
    if path.is_dir():
        return path / CHAIN, path / PRIVATE
    beside = path.with_suffix(".key")
    return path, beside if beside.is_file() else path


def _load(chain: Path, key: Path) -> _Loaded:
    stamps = _stamps(chain, key)
    context = _context(chain, key)
    try:
        certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    except (OSError, ValueError) as exc:
        raise _unusable(chain, exc) from exc
    return _Loaded(chain, key, _names_in(certificate), context, stamps)


def _context(chain: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(chain, key, password=_no_password)
    except (OSError, ValueError) as exc:
        raise _unusable(chain, exc) from exc
    return context


def _no_password() -> str:
    """Called for an encrypted key, which would otherwise be asked for on the terminal."""
    raise ValueError("its key is encrypted")


def _names_in(certificate: x509.Certificate) -> frozenset[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return frozenset(str(one.value).lower() for one in common)


def _stamps(*paths: Path) -> tuple[tuple[int, int], ...]:
    try:
        return tuple((found.st_mtime_ns, found.st_ino) for found in (path.stat() for path in paths))
    except OSError:
        return ()


def _unusable(chain: Path, exc: Exception) -> StartupError:
    return StartupError(f"GATEHOUSE_TLS_CERTIFICATES: {chain} cannot be used ({exc})")
