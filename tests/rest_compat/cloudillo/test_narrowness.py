"""What a credential was narrowed to stays closed, by whatever way another one is made from it."""

from __future__ import annotations

import httpx2
import pytest

from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.sign_in import sign_in
from domain.models import Membership, PlatformRole, TenantRole, User
from domain.ports import Ports
from tests.domain.people import PASSWORD
from tests.rest_compat.cloudillo.test_access_token import AT_TEAM, access, actor_of, made
from tests.rest_compat.cloudillo.test_every_endpoint import assert_refused
from tests.rest_compat.cloudillo.town import ALICE, SYSTEM, TEAM, Town, bearer

QR = "/api/auth/qr-login"


@pytest.fixture
async def root(town: Town) -> User:
    """alice looks after the platform, too."""
    alice = town.people["alice"]
    await User.filter(id=alice.id).update(platform_role=PlatformRole.OWNER)
    return alice


async def narrowed(ports: Ports, town: Town) -> str:
    """A token of a sign-in elsewhere that was narrowed to alice's tenant, and so without her role of the platform."""
    tenant_id = town.tenants[ALICE].id
    signed_in = await sign_in(ports, "alice", PASSWORD, tenant=tenant_id)
    actor = await authenticate(ports, Credential(CredentialKind.ANY, signed_in.access_token, "graphql"))
    assert (actor.platform_role, set(actor.memberships)) == (None, {tenant_id})
    return signed_in.access_token


async def key_of(ports: Ports, town: Town, **how: object) -> str:
    spec = KeySpec("cloudillo", user_id=town.people["alice"].id, tenant_id=town.tenants[ALICE].id, **how)  # type: ignore[arg-type]
    return (await create_api_key(ports, SYSTEM, spec))[1]


async def test_a_narrowed_session_makes_no_token_of_the_platform(
    street: httpx2.AsyncClient, town: Town, ports: Ports, root: User
) -> None:
    token = (await made(street, await narrowed(ports, town)))["token"]
    for door in ("cloudillo", "graphql"):
        assert (await actor_of(ports, token, door)).platform_role is None


@pytest.mark.parametrize("what", ["session", "key"])
async def test_nothing_narrowed_lets_another_device_in_as_the_platform(
    what: str, street: httpx2.AsyncClient, town: Town, ports: Ports, root: User
) -> None:
    credential = await narrowed(ports, town) if what == "session" else await key_of(ports, town)
    waiting = (await street.post(f"{QR}/init", json={})).json()["data"]
    answer = await street.post(
        f"{QR}/{waiting['sessionId']}/respond", json={"approved": True}, headers=bearer(credential)
    )
    assert_refused(answer, 403, "E-AUTH-NOPERM")
    challenge = await street.get("/api/auth/wa/reg-challenge", headers=bearer(credential))
    assert_refused(challenge, 403, "E-AUTH-NOPERM")


async def test_a_key_with_scopes_makes_no_token_of_another_scope(
    street: httpx2.AsyncClient, town: Town, ports: Ports
) -> None:
    key = await key_of(ports, town, scopes=("files:read", "tenants:read"))
    document = town.values["document"]
    assert_refused(await access(street, apiKey=key, scope=f"file:{document}:R"), 403, "E-AUTH-NOPERM")


async def test_who_owns_a_persons_tenant_with_them_is_not_that_person_elsewhere(
    street: httpx2.AsyncClient, town: Town, ports: Ports
) -> None:
    bob = town.people["bob"]
    await Membership.create(tenant=town.tenants[ALICE], user=bob, role=TenantRole.OWNER)
    signed_in = await sign_in(ports, "bob", PASSWORD)
    answer = await street.get("/api/auth/proxy-token", params={"idTag": TEAM}, headers=bearer(signed_in.access_token))
    if answer.status_code == 200:
        got = await made(street, headers=AT_TEAM, token=answer.json()["data"]["token"])
        assert (await actor_of(ports, got["token"])).user_id == bob.id
    assert_refused(answer, 403, "E-AUTH-NOPERM")
