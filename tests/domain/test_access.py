"""Rights: a role gives them, a credential only narrows them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.access import (
    ALL_SCOPES,
    PLATFORM_SCOPES,
    READ_ONLY_SCOPES,
    TENANT_SCOPES,
    Actor,
    allowed_scopes,
    may,
    parse_id,
    require,
    target_tenant,
    visible_tenants,
)
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models import PlatformRole, TenantRole

MINE, THEIRS = uuid4(), uuid4()


def actor(role: TenantRole = TenantRole.OWNER) -> Actor:
    return Actor(user_id=uuid4(), credential="key:1", door="test", tenant_id=MINE, memberships={MINE: role})


def test_each_role_may_what_the_weaker_one_may() -> None:
    ladder = [TENANT_SCOPES[role] for role in (TenantRole.VIEWER, TenantRole.OPERATOR, TenantRole.ADMIN)]
    assert ladder[0] < ladder[1] < ladder[2] <= TENANT_SCOPES[TenantRole.OWNER] < PLATFORM_SCOPES < ALL_SCOPES


def test_a_right_in_one_tenant_is_none_in_another() -> None:
    assert may(actor(), "instances:write", MINE)
    assert not may(actor(), "instances:write", THEIRS)
    with pytest.raises(Forbidden) as refused:
        require(actor(), "instances:write", THEIRS)
    assert refused.value.details == {"scope": "instances:write"}


def test_scopes_of_a_key_narrow_and_never_widen() -> None:
    narrowed = replace(actor(TenantRole.VIEWER), scopes=frozenset({"instances:read", "instances:write"}))
    assert allowed_scopes(narrowed, MINE) == {"instances:read"}


def test_a_read_only_key_reads_whatever_its_role() -> None:
    owner = replace(actor(), read_only=True)
    assert allowed_scopes(owner, MINE) == TENANT_SCOPES[TenantRole.OWNER] & READ_ONLY_SCOPES
    with pytest.raises(Forbidden, match="only read"):
        require(owner, "instances:write", MINE)


def test_the_platform_sees_every_tenant_and_others_only_their_own() -> None:
    assert visible_tenants(Actor.system()) is None
    assert visible_tenants(actor()) == frozenset({MINE})
    admin = Actor(user_id=uuid4(), credential="key:1", door="test", platform_role=PlatformRole.ADMIN)
    assert may(admin, "nodes:write")
    assert not may(admin, "platform:own")


def test_a_new_thing_needs_a_tenant() -> None:
    assert target_tenant(actor(), None) == MINE
    assert target_tenant(actor(), THEIRS) == THEIRS
    with pytest.raises(InvalidInput):
        target_tenant(Actor.system(), None)


@pytest.mark.parametrize("text", ["", "x", "12", "../etc", "0" * 200])
def test_a_text_that_is_no_id_names_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        parse_id(text, "instance")


def test_ids_are_parsed() -> None:
    key = uuid4()
    assert parse_id(str(key), "instance") == parse_id(key, "instance") == UUID(str(key))
