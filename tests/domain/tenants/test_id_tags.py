"""Id tags: what is one, and how it is written."""

from __future__ import annotations

import pytest

from domain.errors import Conflict, Forbidden, InvalidInput
from domain.models import Tenant, TenantKind, TenantRole, User
from domain.ports import Ports
from domain.tenants.create_tenant import TenantSpec, create_tenant
from domain.tenants.directory import TenantDirectory
from domain.tenants.give_id_tag import give_id_tag
from domain.tenants.id_tags import ascii_host, canonical_host, clean_id_tag
from tests.domain.people import SYSTEM, a_user, acting, audited, tenant_of, told

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("ada.example.org", "ada.example.org"),
        (" Ada.Example.ORG. ", "ada.example.org"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("BÜCHER.example", "bücher.example"),
        ("a.b.c", "a.b.c"),
        ("a-b.example", "a-b.example"),
    ],
)
def test_an_id_tag_has_one_form(written: str, tag: str) -> None:
    assert clean_id_tag(written) == tag
    assert clean_id_tag(ascii_host(tag)) == tag


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "ada",
        "a.b",
        "a_b.example",
        "-a.example",
        "a..example",
        "a b.example",
        "ada.example/x",
        "ada.example:8080",
        "ada@example.org",
        "x" * 64 + ".example",
        "a." * 30 + "example",
        "cl-o.ada.example",
        "xn--a.example",
        "a\u0000.example",
        "x" * 100_000,
    ],
)
def test_what_is_no_id_tag_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        clean_id_tag(text)


def test_hosts_may_be_anything() -> None:
    assert canonical_host("CL-O.Ada.example.") == "cl-o.ada.example"
    assert [canonical_host(text) for text in ("", "[::1]", "a b", "\udcff")] == [None] * 4


async def test_a_person_is_known_by_their_tenants_tag(ports: Ports) -> None:
    ada = await a_user(ports, "ada")
    tenant = await tenant_of(ada)
    given = await give_id_tag(ports, SYSTEM, tenant.id, "Ada.example.org", TenantKind.PERSON)
    assert (given.id_tag, given.kind) == ("ada.example.org", TenantKind.PERSON)
    assert (await User.get(id=ada.id)).id_tag == "ada.example.org"
    assert (await told("TenantChanged"))[-1]["id_tag"] == "ada.example.org"
    assert [entry.details["id_tag"] for entry in await audited("tenant.identified")] == ["ada.example.org"]
    await give_id_tag(ports, SYSTEM, tenant.id, "ada.example.net", TenantKind.PERSON)
    assert (await User.get(id=ada.id)).id_tag == "ada.example.net"
    await give_id_tag(ports, SYSTEM, tenant.id, "club.example.net", TenantKind.COMMUNITY)
    assert (await User.get(id=ada.id)).id_tag is None


async def test_a_person_is_one_and_has_one_tag(ports: Ports) -> None:
    ada = await a_user(ports, "ada")
    tenant = await tenant_of(ada)
    await give_id_tag(ports, SYSTEM, tenant.id, "ada.example.org", TenantKind.PERSON)
    second = await create_tenant(ports, SYSTEM, TenantSpec(name="Second", owner_id=ada.id))
    with pytest.raises(Conflict, match="has an id tag already"):
        await give_id_tag(ports, SYSTEM, second.id, "second.example.org", TenantKind.PERSON)
    await a_user(ports, "bob", tenant=second, role=TenantRole.OWNER)
    with pytest.raises(Conflict, match="only owner"):
        await give_id_tag(ports, SYSTEM, second.id, "second.example.org", TenantKind.PERSON)
    empty = await create_tenant(ports, SYSTEM, TenantSpec(name="Empty"))
    with pytest.raises(Conflict, match="only owner"):
        await give_id_tag(ports, SYSTEM, empty.id, "empty.example.org", TenantKind.PERSON)


async def test_a_tag_is_given_once(ports: Ports) -> None:
    first = await create_tenant(ports, SYSTEM, TenantSpec(name="One", id_tag="one.example.org"))
    assert first.id_tag == "one.example.org"
    with pytest.raises(Conflict, match="taken"):
        await create_tenant(ports, SYSTEM, TenantSpec(name="Two", id_tag="ONE.example.org"))
    two = await create_tenant(ports, SYSTEM, TenantSpec(name="Two"))
    with pytest.raises(Conflict, match="taken"):
        await give_id_tag(ports, SYSTEM, two.id, "one.example.org", TenantKind.COMMUNITY)
    assert (await Tenant.get(id=two.id)).id_tag is None


async def test_a_tenant_that_cannot_be_a_person_is_not_made_at_all(ports: Ports) -> None:
    spec = TenantSpec(name="Nobody", kind=TenantKind.PERSON, id_tag="nobody.example.org")
    with pytest.raises(Conflict):
        await create_tenant(ports, SYSTEM, spec)
    assert not await Tenant.exists(name="Nobody")


async def test_only_the_platform_gives_names(ports: Ports) -> None:
    ada = await a_user(ports, "ada")
    with pytest.raises(Forbidden):
        tenant = await tenant_of(ada)
        await give_id_tag(ports, await acting(ada), tenant.id, "ada.example.org", TenantKind.PERSON)


async def test_the_directory_remembers_until_a_tenant_changes(ports: Ports) -> None:
    directory = TenantDirectory("home.example.org", max_entries=3)
    tenant = await create_tenant(ports, SYSTEM, TenantSpec(name="One", id_tag="one.example.org"))
    assert await directory.find("one.example.org") == tenant.id
    assert await directory.find("two.example.org") is None
    await Tenant.filter(id=tenant.id).update(id_tag="two.example.org")
    assert await directory.find("one.example.org") == tenant.id
    directory.hear("UserChanged")
    assert await directory.find("two.example.org") is None
    directory.hear("TenantChanged")
    assert (await directory.find("one.example.org"), await directory.find("two.example.org")) == (None, tenant.id)


async def test_names_of_nobody_do_not_fill_the_directory(ports: Ports) -> None:
    directory = TenantDirectory("home.example.org", max_entries=3)
    tenant = await create_tenant(ports, SYSTEM, TenantSpec(name="One", id_tag="one.example.org"))
    for number in range(10):
        assert await directory.find(f"nobody{number}.example.org") is None
    assert await directory.find("one.example.org") == tenant.id
    assert len(directory._known) <= 3


async def test_the_default_tenant_is_that_of_the_default_tag(ports: Ports) -> None:
    directory = TenantDirectory("home.example.org")
    assert await directory.default() is None
    seeded = await create_tenant(ports, SYSTEM, TenantSpec(name="Default", slug="default"))
    assert await directory.default() == seeded.id
    home = await create_tenant(ports, SYSTEM, TenantSpec(name="Home", id_tag="home.example.org"))
    directory.clear()
    assert await directory.default() == home.id
