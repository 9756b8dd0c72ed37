"""Users: what is kept of them, and that nothing secret comes back."""

from __future__ import annotations

import httpx2

from domain.accounts.reset_password import reset_password
from domain.accounts.sign_in import sign_in
from domain.models import Membership, PasswordReset, PlatformRole, TenantRole, User
from domain.ports import Ports
from tests.rest_compat.skyport.scenarios.users import NEW
from tests.rest_compat.skyport.world import World


async def test_a_new_user_can_sign_in_and_owns_a_tenant(panel: httpx2.AsyncClient, ports: Ports) -> None:
    await panel.post("/api/auth/create-user", json={**NEW, "userId": "99"})
    signed_in = await sign_in(ports, "bob", "pw")
    assert signed_in.user.external_id == "99"
    membership = await Membership.get(user_id=signed_in.user.id)
    assert membership.role is TenantRole.OWNER


async def test_an_admin_is_an_admin_of_the_platform(panel: httpx2.AsyncClient) -> None:
    await panel.post("/api/auth/create-user", json={**NEW, "admin": True})
    assert (await User.get(username="bob")).platform_role is PlatformRole.ADMIN


async def test_the_reset_token_sets_a_new_password_once(panel: httpx2.AsyncClient, world: World, ports: Ports) -> None:
    response = await panel.post("/api/auth/reset-password", json={"email": "alice@example.org"})
    token = response.json()["password"]
    assert len(token) == 30
    assert token.isalnum()
    assert token not in str(await PasswordReset.all().values())
    await reset_password(ports, token, "a new password")
    assert (await sign_in(ports, "alice", "a new password")).user.id == world.alice.id


async def test_a_user_is_found_by_the_id_the_client_chose(panel: httpx2.AsyncClient) -> None:
    made = (await panel.post("/api/auth/create-user", json={**NEW, "userId": "discord 1"})).json()
    assert made["userId"] == "discord 1"
    assert (await panel.post("/api/getUserInstance", json={"userId": "discord 1"})).json() == []
