"""Tokens of an identity: what they say, and everything that makes one worthless."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from domain.accounts import identity_tokens
from domain.accounts.identity_tokens import decode_identity_token, encode_identity_token, is_identity_token
from domain.accounts.token_scopes import FILE_RIGHTS, file_scope_text, parse_scope
from domain.accounts.tokens import decode_access_token, encode_access_token
from domain.errors import Forbidden, Unauthenticated
from domain.models.file import AccessLevel
from domain.ports import Ports
from tests.fakes import FakeClock

CREDENTIAL = f"session:{uuid4()}"


def refused_for(ports: Ports, text: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        decode_identity_token(ports, text)
    return str(caught.value.details["reason"])


def signed(ports: Ports, **changes: Any) -> str:
    now = ports.clock.now()
    claims: dict[str, Any] = {
        "iss": "ada.example.org",
        "cred": CREDENTIAL,
        "iat": now,
        "exp": now + timedelta(minutes=1),
        "jti": "1",
    }
    claims.update(changes)
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, identity_tokens._key(ports), algorithm="HS256", headers={"kid": "identity"})


def test_a_token_says_what_it_was_made_for(ports: Ports) -> None:
    text, expires_at = encode_identity_token(
        ports, "ada.example.org", CREDENTIAL, subject="bob.example.org", scope="file:x:R", via="y", roles=("a", "b")
    )
    found = decode_identity_token(ports, text)
    assert (found.issuer, found.credential, found.expires_at) == ("ada.example.org", CREDENTIAL, expires_at)
    assert (found.subject, found.scope, found.via) == ("bob.example.org", "file:x:R", "y")
    assert expires_at == ports.clock.now() + timedelta(seconds=ports.limits.identity_token_ttl_s)
    assert is_identity_token(text)


def test_it_ends_with_what_it_was_made_from(ports: Ports, clock: FakeClock) -> None:
    ends = ports.clock.now() + timedelta(seconds=30)
    text, expires_at = encode_identity_token(ports, "ada.example.org", CREDENTIAL, not_after=ends)
    assert expires_at == ends
    clock.advance(30)
    assert refused_for(ports, text) == "expired"


def test_neither_kind_of_token_is_taken_for_the_other(ports: Ports) -> None:
    identity, _ = encode_identity_token(ports, "ada.example.org", CREDENTIAL)
    access, _ = encode_access_token(ports, uuid4(), uuid4())
    assert not is_identity_token(access)
    assert refused_for(ports, access) == "unknown"
    with pytest.raises(Unauthenticated):
        decode_access_token(ports, identity)


@pytest.mark.parametrize("changes", [{"iss": None}, {"cred": None}, {"exp": None}, {"jti": None}, {"iat": None}])
def test_a_token_that_lacks_something_is_unknown(changes: dict[str, Any], ports: Ports) -> None:
    assert refused_for(ports, signed(ports, **changes)) == "unknown"


@pytest.mark.parametrize("text", ["", "a.b.c", "x", "é.é.é", "a" * 5000])
def test_what_is_no_token_is_unknown(text: str, ports: Ports) -> None:
    assert not is_identity_token(text)
    assert refused_for(ports, text) == "unknown"


def test_a_token_of_another_secret_or_without_a_signature_is_unknown(ports: Ports) -> None:
    claims = jwt.decode(signed(ports), options={"verify_signature": False})
    for key, algorithm in (("another secret of thirty-two characters", "HS256"), ("", "none")):
        forged = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "identity"})
        assert refused_for(ports, forged) == "unknown"


def test_a_token_of_the_future_is_unknown(ports: Ports) -> None:
    later = ports.clock.now() + timedelta(minutes=5)
    assert refused_for(ports, signed(ports, iat=later, exp=later + timedelta(minutes=1))) == "unknown"


def test_scopes_say_what_they_open() -> None:
    one = parse_scope("file:f1~abc-_:W")
    assert (one.file, one.level, one.rights) == ("f1~abc-_", AccessLevel.WRITE, FILE_RIGHTS)
    assert parse_scope("apkg:publish").rights == FILE_RIGHTS | {"apkg:publish"}
    assert parse_scope("carddav:read,caldav:write").rights == {"carddav:read", "caldav:write"}
    assert file_scope_text("x", AccessLevel.ADMIN) == "file:x:W"
    assert file_scope_text("x", AccessLevel.COMMENT) == "file:x:C"


NO_SCOPES = ("", "file:x", "file::R", "file:x:R,apkg:publish", "file:x:r", "files:read", "a,b", f"file:{'x' * 81}:R")


@pytest.mark.parametrize("text", NO_SCOPES)
def test_there_are_no_other_scopes(text: str) -> None:
    with pytest.raises(Forbidden):
        parse_scope(text)
