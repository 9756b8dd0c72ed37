"""get_preference, set_preference, delete_preference, list_preferences and the reader for other verbs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from domain.access import Actor, FileScope
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models import Preference, Tenant
from domain.models.file import AccessLevel
from domain.ports import Ports
from domain.preferences.delete_preference import delete_preference
from domain.preferences.queries import get_preference, list_preferences, preference
from domain.preferences.registry import PREFERENCES, Scope, Setter, UnknownPreference, ValueKind
from domain.preferences.set_preference import set_preference
from domain.preferences.values import check_value
from tests.domain.people import audited
from tests.domain.rows import platform

PUSH = "notify.push"


async def test_the_nearest_value_holds(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    root = await platform()
    assert await preference(ports, tenant.id, PUSH) is True
    told = await set_preference(ports, root, PUSH, False, tenant_id=tenant.id, for_platform=True)
    assert (told.value, told.source) == (False, Scope.PLATFORM)
    told = await set_preference(ports, owner, PUSH, True)
    assert (told.value, told.source) == (True, Scope.TENANT)
    assert [await preference(ports, whose, PUSH) for whose in (tenant.id, None)] == [True, False]
    assert (await delete_preference(ports, owner, PUSH)).value is False
    assert (await delete_preference(ports, root, PUSH, for_platform=True)).value is True
    assert (await delete_preference(ports, root, PUSH, for_platform=True)).source is Scope.SYSTEM
    assert [entry.tenant_id for entry in await audited("preference.set")] == [None, tenant.id]
    assert len(await audited("preference.deleted")) == 2


async def test_what_is_the_platforms_has_one_value(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    await set_preference(ports, await platform(), "file.max_file_size_mb", 5, tenant_id=tenant.id)
    assert (await Preference.get()).tenant_id is None
    assert (await get_preference(ports, owner, "file.max_file_size_mb")).value == 5
    await Preference.create(tenant=tenant, owner_key=str(tenant.id), key="file.max_file_size_mb", value={"value": 9})
    assert await preference(ports, tenant.id, "file.max_file_size_mb") == 5


@pytest.mark.parametrize("value", [None, "", "text", 0, 1.5, [], {"a": [1, {"b": None}]}, False])
async def test_the_interfaces_own_hold_anything(ports: Ports, owner: Actor, value: Any) -> None:
    assert (await set_preference(ports, owner, "ui.some.thing", value)).value == value
    assert (await get_preference(ports, owner, "ui.some.thing")).value == value
    [listed] = await list_preferences(ports, owner, prefixes=("ui",))
    assert (listed.key, listed.value) == ("ui.some.thing", value)


async def test_set_again_and_at_once_it_is_one_row(ports: Ports, owner: Actor) -> None:
    await asyncio.gather(*(set_preference(ports, owner, "app.x", n) for n in range(6)))
    assert await Preference.all().count() == 1
    await set_preference(ports, owner, "app.x", "last")
    assert (await Preference.get()).value == {"value": "last"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (PUSH, 1),
        (PUSH, None),
        (PUSH, "true"),
        ("federation.history_sync.limit", True),
        ("federation.history_sync.limit", -1),
        ("federation.history_sync.limit", 2**31),
        ("federation.history_sync.limit", 1.5),
        ("profile.lang", 5),
        ("profile.default_visibility", "S"),
        ("file.max_file_size_mb", 0),
        ("ui.x", "x" * 70_000),
        ("ui.x", "\x00"),
        ("ui.x", {"\ud800": 1}),
        ("ui.x", {1, 2}),
    ],
)
async def test_a_wrong_value_changes_nothing(ports: Ports, tenant: Tenant, key: str, value: Any) -> None:
    with pytest.raises(InvalidInput):
        await set_preference(ports, await platform(), key, value, tenant_id=tenant.id)
    assert await Preference.all().count() == 0


@pytest.mark.parametrize(
    "key", ["", "nothing", "ui", "ui.", "uix.y", "notify.push.nothing", "ui.\x00", "ui.a b", "ui.*"]
)
async def test_what_is_unknown(ports: Ports, owner: Actor, key: str) -> None:
    for attempt in (
        get_preference(ports, owner, key),
        set_preference(ports, owner, key, 1),
        delete_preference(ports, owner, key),
        preference(ports, None, key),
    ):
        with pytest.raises(UnknownPreference):
            await attempt


async def test_who_may_set_what(
    ports: Ports, tenant: Tenant, owner: Actor, operator: Actor, viewer: Actor, stranger: Actor
) -> None:
    scoped = replace(owner, file_scope=FileScope(tenant.id, AccessLevel.WRITE, grants=False))
    for key, value, refused in (
        (PUSH, True, (operator, viewer, scoped, replace(owner, read_only=True))),
        ("ui.x", 1, (operator, viewer)),
        ("limits.max_storage_gb", 5, (owner, operator)),
        ("email.enabled", True, (owner,)),
        ("email.template_dir", "/", (owner, await platform())),
    ):
        for actor in refused:
            for attempt in (
                set_preference(ports, actor, key, value, tenant_id=tenant.id),
                delete_preference(ports, actor, key, tenant_id=tenant.id),
            ):
                with pytest.raises(Forbidden):
                    await attempt
    with pytest.raises(Forbidden):
        await set_preference(ports, owner, PUSH, True, for_platform=True)
    with pytest.raises(NotFound):
        await set_preference(ports, stranger, PUSH, True, tenant_id=tenant.id)


async def test_members_read_and_others_do_not(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor, stranger: Actor
) -> None:
    assert (await get_preference(ports, viewer, PUSH)).value is True
    scoped = replace(owner, file_scope=FileScope(tenant.id, AccessLevel.WRITE, grants=False))
    for actor in (Actor.anonymous("x"), scoped, replace(owner, scopes=frozenset({"files:read"}))):
        for attempt in (
            get_preference(ports, actor, PUSH, tenant_id=tenant.id),
            list_preferences(ports, actor, tenant_id=tenant.id),
        ):
            with pytest.raises(Forbidden):
                await attempt
    for attempt in (
        get_preference(ports, stranger, PUSH, tenant_id=tenant.id),
        list_preferences(ports, stranger, tenant_id=tenant.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_secret_is_shown_to_who_sets_it(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    root = await platform()
    await set_preference(ports, root, "email.smtp.password", "hush", tenant_id=tenant.id)
    assert (await get_preference(ports, owner, "email.smtp.password")).value == ""
    assert (await get_preference(ports, root, "email.smtp.password")).value == "hush"
    [listed] = await list_preferences(ports, owner, prefixes=("email.smtp.password",))
    assert listed.value == ""
    assert "hush" not in str([entry.details for entry in await audited("preference.set")])


async def test_lists(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    root = await platform()
    await set_preference(ports, owner, "ui.x", 1)
    await set_preference(ports, root, PUSH, False, for_platform=True)
    assert [one.key for one in await list_preferences(ports, owner)] == sorted([*PREFERENCES, "ui.x"])
    assert [one.key for one in await list_preferences(ports, owner, prefixes=("ui.", "idp.e"))] == [
        "idp.enabled",
        "ui.x",
    ]
    assert [one.key for one in await list_preferences(ports, owner, stored_in=Scope.TENANT)] == ["ui.x"]
    found = await list_preferences(ports, root, tenant_id=tenant.id, stored_in=Scope.PLATFORM)
    assert [one.key for one in found] == [PUSH]
    with pytest.raises(Forbidden):
        await list_preferences(ports, owner, stored_in=Scope.PLATFORM)
    with pytest.raises(InvalidInput):
        await list_preferences(ports, owner, stored_in=Scope.SYSTEM)


async def test_nobody_sees_what_others_have_set(ports: Ports, owner: Actor, stranger: Actor) -> None:
    await set_preference(ports, owner, "ui.secret_plan", 1)
    assert "ui.secret_plan" not in [one.key for one in await list_preferences(ports, stranger)]


def test_the_registry_is_sound() -> None:
    assert len(PREFERENCES) == 60
    for kind in PREFERENCES.values():
        assert kind.description.endswith(".")
        assert (kind.setter is Setter.NOBODY) == (kind.scope is Scope.SYSTEM)
        assert kind.value is not ValueKind.ANY
        if kind.default is not None:
            assert check_value(kind, kind.default) == kind.default
