from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from domain.accounts import tokens
from domain.accounts.tokens import decode_access_token, encode_access_token
from domain.errors import Unauthenticated
from domain.ports import Ports
from tests.fakes import FakeClock


def refused_for(ports: Ports, text: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        decode_access_token(ports, text)
    return str(caught.value.details["reason"])


def signed(ports: Ports, **changes: Any) -> str:
    now = ports.clock.now()
    claims: dict[str, Any] = {
        "iss": "gatehouse",
        "aud": "gatehouse",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "iat": now,
        "exp": now + timedelta(minutes=1),
        "jti": "1",
    }
    claims.update(changes)
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, tokens._key(ports), algorithm="HS256")


def test_a_token_says_who_and_until_when(ports: Ports) -> None:
    user_id, session_id = uuid4(), uuid4()
    text, expires_at = encode_access_token(ports, user_id, session_id)
    found = decode_access_token(ports, text)
    assert (found.user_id, found.session_id, found.expires_at) == (user_id, session_id, expires_at)
    assert expires_at == ports.clock.now() + timedelta(seconds=ports.limits.access_token_ttl_s)


def test_every_token_differs(ports: Ports) -> None:
    user_id, session_id = uuid4(), uuid4()
    texts = {encode_access_token(ports, user_id, session_id)[0] for _ in range(2)}
    assert len(texts) == 2


def test_it_expires_by_the_ports_clock(ports: Ports, clock: FakeClock) -> None:
    text, _ = encode_access_token(ports, uuid4(), uuid4())
    clock.advance(ports.limits.access_token_ttl_s - 1)
    decode_access_token(ports, text)
    clock.advance(1)
    assert refused_for(ports, text) == "expired"


def test_another_secret_does_not_open_it(ports: Ports) -> None:
    text, _ = encode_access_token(replace(ports, secret_key="another secret"), uuid4(), uuid4())
    assert refused_for(ports, text) == "unknown"


def test_the_secret_itself_does_not_sign_tokens(ports: Ports) -> None:
    claims = jwt.decode(signed(ports), options={"verify_signature": False})
    assert refused_for(ports, jwt.encode(claims, ports.secret_key, algorithm="HS256")) == "unknown"


def test_an_unsigned_token_is_refused(ports: Ports) -> None:
    claims = jwt.decode(signed(ports), options={"verify_signature": False})
    assert refused_for(ports, jwt.encode(claims, "", algorithm="none")) == "unknown"


def test_another_algorithm_is_refused(ports: Ports) -> None:
    claims = jwt.decode(signed(ports), options={"verify_signature": False})
    other = jwt.encode(claims, tokens._key(ports) * 2, algorithm="HS512")
    assert refused_for(ports, other) == "unknown"
    same_key = jwt.encode(claims, tokens._key(ports) + b"\0" * 32, algorithm="HS512")
    assert refused_for(ports, same_key) == "unknown"


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "iat", "exp", "jti"])
def test_every_claim_is_required(ports: Ports, claim: str) -> None:
    assert refused_for(ports, signed(ports, **{claim: None})) == "unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"sub": "not-an-id"},
        {"sid": "not-an-id"},
        {"sid": 7},
        {"exp": "soon"},
        {"exp": 10**20},
        {"iat": "then"},
    ],
)
def test_a_claim_that_makes_no_sense_is_refused(ports: Ports, changes: dict[str, Any]) -> None:
    assert refused_for(ports, signed(ports, **changes)) == "unknown"


def test_a_token_from_the_future_is_refused(ports: Ports) -> None:
    soon: datetime = ports.clock.now() + timedelta(seconds=30)
    decode_access_token(ports, signed(ports, iat=soon))
    later = ports.clock.now() + timedelta(seconds=61)
    assert refused_for(ports, signed(ports, iat=later, exp=later + timedelta(hours=1))) == "unknown"


@pytest.mark.parametrize("text", ["", "..", "a.b.c", "x" * 5000, "ä.b.c", "\ud800.b.c", "e30.e30.e30"])
def test_noise_is_refused(ports: Ports, text: str) -> None:
    assert refused_for(ports, text) == "unknown"
