"""disable_user and enable_user; what happens to credentials is in test_authenticate."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.disable_user import disable_user
from domain.accounts.enable_user import enable_user
from domain.accounts.sign_in import sign_in
from domain.errors import Conflict, Forbidden, NotFound
from domain.models import ApiKey, PlatformRole, User
from domain.ports import Ports
from tests.domain.people import PASSWORD, SYSTEM, a_user, acting, audited, told


async def test_it_is_told_and_noted_and_everything_open_must_close(ports: Ports, anna: User, admin: User) -> None:
    session = (await sign_in(ports, "anna", PASSWORD)).session
    key, _ = await create_api_key(ports, SYSTEM, KeySpec("graphql", user_id=anna.id))
    user = await disable_user(ports, await acting(admin), str(anna.id))
    assert user.disabled
    closed = {event["credential"]: event["reason"] for event in await told("CredentialRevoked")}
    assert closed == {f"session:{session.id}": "disabled", f"key:{key.id}": "disabled"}
    assert (await told("UserChanged"))[-1]["disabled"] is True
    assert [(entry.subject, entry.user_id) for entry in await audited("user.disabled")] == [(str(anna.id), admin.id)]
    assert (await ApiKey.get(id=key.id)).revoked_at is None


async def test_again_changes_nothing(ports: Ports, anna: User) -> None:
    for _ in range(2):
        assert (await disable_user(ports, SYSTEM, anna.id)).disabled
    assert len(await audited("user.disabled")) == 1
    for _ in range(2):
        assert not (await enable_user(ports, SYSTEM, anna.id)).disabled
    assert len(await audited("user.enabled")) == 1
    assert [event["disabled"] for event in await told("UserChanged")] == [False, True, False]


async def test_it_is_the_platforms_to_do(ports: Ports, anna: User, bert: User) -> None:
    for verb in (disable_user, enable_user):
        with pytest.raises(Forbidden):
            await verb(ports, await acting(anna), bert.id)


async def test_owners_are_an_owners_to_disable(ports: Ports, admin: User, owner: User) -> None:
    for verb in (disable_user, enable_user):
        with pytest.raises(Forbidden):
            await verb(ports, await acting(admin), owner.id)
    assert (await disable_user(ports, await acting(owner), admin.id)).disabled


@pytest.mark.parametrize("user_id", [str(UUID(int=1)), "nonsense"])
async def test_an_unknown_user_is_not_found(ports: Ports, admin: User, user_id: str) -> None:
    for verb in (disable_user, enable_user):
        with pytest.raises(NotFound):
            await verb(ports, await acting(admin), user_id)


async def test_nobody_disables_themselves(ports: Ports, admin: User) -> None:
    with pytest.raises(Conflict):
        await disable_user(ports, await acting(admin), admin.id)


async def test_the_last_owner_stays(ports: Ports, owner: User) -> None:
    with pytest.raises(Conflict) as caught:
        await disable_user(ports, SYSTEM, owner.id)
    assert caught.value.details["reason"] == "last_owner"


async def test_two_owners_cannot_disable_each_other_at_once(ports: Ports, owner: User) -> None:
    second = await a_user(ports, "second", platform_role=PlatformRole.OWNER)
    attempts = [
        disable_user(ports, await acting(owner), second.id),
        disable_user(ports, await acting(second), owner.id),
    ]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "User"]
    assert await User.filter(platform_role=PlatformRole.OWNER, disabled=False).count() == 1
