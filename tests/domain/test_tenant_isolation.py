"""Tenant isolation, walked verb by verb: another tenant's id answers to the letter as one that does not exist.

The walk finds the verbs by itself. One with an argument it cannot fill fails the test until somebody says with what.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import domain
from domain.access import Actor
from domain.accounts.create_api_key import KeySpec
from domain.accounts.create_user import UserSpec
from domain.channels.configure_channel import ChannelSpec
from domain.channels.policy import ChannelPolicy
from domain.documents.edit import TextInsert
from domain.errors import DomainError
from domain.files.create_file import FileSpec
from domain.files.file_filter import FileFilter
from domain.files.set_picture import Picture
from domain.files.update_file import FileChanges
from domain.files.upload import UploadSpec, upload
from domain.images.create_image import ImageSpec
from domain.instances.deploy import deploy
from domain.instances.queries import InstanceFilter
from domain.instances.streams import InstanceStreams
from domain.jobs.queries import OperationFilter
from domain.limits import MIB
from domain.models import (
    ApiKey,
    AuditEntry,
    Image,
    Instance,
    Membership,
    Operation,
    Session,
    Tenant,
    TenantKind,
    TenantRole,
)
from domain.models.channel import ChannelRule
from domain.models.file import AccessLevel, File, FileKind, Ref, Share, ShareSubject
from domain.nodes.register_node import NodeSpec
from domain.paging import Page
from domain.ports import Ports
from domain.refs.change_ref import RefChanges
from domain.refs.create_ref import RefSpec
from domain.shares.share_file import ShareSpec
from domain.tenants.create_tenant import TenantSpec
from tests.domain.instances.conftest import Place, place

__all__ = ["place"]

Verb = Callable[..., Any]
NO_NODE = uuid4()
NOT_VERBS = {
    "domain.access": "what verbs are made of",
    "domain.accounts.rights": "what verbs are made of",
    "domain.accounts.credentials": "what verbs are made of",
    "domain.accounts.idempotency": "by credential, not by tenant",
    "domain.tenants.owners": "what verbs are made of",
    "domain.accounts.identity_login": "in the tenant that the door has settled, which it checks (whole_person)",
    "domain.accounts.access_tokens": "in the tenant that the door has settled (tests/rest_compat/cloudillo)",
    "domain.accounts.passkeys": "in the tenant that the door has settled (tests/rest_compat/cloudillo)",
    "domain.accounts.proxy_tokens": "in the tenant that the door has settled (tests/rest_compat/cloudillo)",
    "domain.accounts.qr_sign_in": "in the tenant that the door has settled (tests/rest_compat/cloudillo)",
    "domain.files.recording": "what verbs are made of",
    "domain.files.access": "what verbs are made of",
    "domain.files.activity": "noted of a file that a verb has opened",
    "domain.files.changing": "what verbs are made of",
    "domain.files.details": "of files that a verb has found",
    "domain.files.file_filter": "what verbs are made of",
    "domain.files.placement": "what verbs are made of",
    "domain.shares.managing": "what verbs are made of",
    "domain.shares.subjects": "what verbs are made of",
    "domain.shares.via": "of files that a door has found",
    "domain.refs.managing": "what verbs are made of",
    "domain.refs.queries.get_ref": "public: who knows the id may see what it is",
    "domain.documents.changed": "of a document that a verb has found",
    "domain.documents.reference": "what verbs are made of",
    "domain.documents.versions.keep_version": "of a document that a verb has found",
}


def verbs() -> list[Verb]:
    """Every public function of the domain that acts for an actor."""
    found = []
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        if module.name in NOT_VERBS or module.name.startswith(("domain.models", "domain.ports")):
            continue
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.iscoroutinefunction):
            own = function.__module__ == module.name and not name.startswith("_")
            takes = list(inspect.signature(function).parameters)
            exempt = f"{module.name}.{name}" in NOT_VERBS
            if own and not exempt and "actor" in takes and takes[0] != "unit":
                found.append(function)
    return found


@dataclass(frozen=True)
class Ids:
    """One of everything: really there, in another tenant; or nowhere."""

    instance_id: UUID
    short_id: str
    operation_id: UUID
    image_id: UUID
    image_name: str
    key_id: UUID
    session_id: UUID
    tenant_id: UUID
    slug: str
    user_id: UUID
    email: str
    file_id: UUID
    public_file_id: str
    blob_id: str
    rule_id: UUID
    ref_id: str

    @classmethod
    def nowhere(cls) -> Ids:
        return cls(
            uuid4(),
            "00000000",
            uuid4(),
            uuid4(),
            "nothing",
            uuid4(),
            uuid4(),
            uuid4(),
            "none",
            uuid4(),
            "no@no",
            uuid4(),
            "f1~zzz",
            "b1~zzz",
            uuid4(),
            "nothing",
        )


async def theirs(place: Place) -> Ids:
    """What the tenant of the place has."""
    promised = await deploy(place.ports, place.owner, place.spec())
    await place.work()
    assert place.owner.user_id is not None
    image = await Image.create(tenant_id=place.tenant.id, name="private", ref="private:1", drivers=["memory"])
    later = datetime.now(UTC) + timedelta(days=1)
    session = await Session.create(user_id=place.owner.user_id, last_used_at=later, expires_at=later)
    key = await ApiKey.create(
        user_id=place.owner.user_id, tenant_id=place.tenant.id, door="graphql", prefix="gh_x", key_hash="x"
    )
    user = await Membership.get(user_id=place.owner.user_id).prefetch_related("user")
    file, blob_id = await a_file_of(place)
    rule = await ChannelRule.create(tenant_id=place.tenant.id, pattern="chat:*", **asdict(ChannelPolicy()))
    ref = await Ref.create(tenant_id=place.tenant.id, ref_id="theirs", kind="share.file", resource_id=file.id, level=1)
    return Ids(
        promised.instance.id,
        promised.instance.short_id,
        promised.operation.id,
        image.id,
        image.name,
        key.id,
        session.id,
        place.tenant.id,
        place.tenant.slug,
        place.owner.user_id,
        user.user.email,
        file.id,
        file.public_id,
        blob_id,
        rule.id,
        ref.ref_id,
    )


async def a_file_of(place: Place) -> tuple[File, str]:
    """Bytes that only the place's own people may read."""
    spec = UploadSpec("secret.txt")
    done = await upload(place.ports, place.owner, spec, chunks_of(b"secret"), tenant_id=place.tenant.id)
    return done.file, done.variants[0].blob_id


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    yield content


def arguments(verb: Verb, ids: Ids, ports: Ports, actor: Actor) -> dict[str, Any]:
    """Every id there is room for, and something harmless for the rest."""
    values: dict[str, Any] = {
        "ports": ports,
        "actor": actor,
        "streams": InstanceStreams(ports),
        "instance_id": ids.instance_id,
        "short_id": ids.short_id,
        "operation_id": ids.operation_id,
        "image_id": ids.image_id,
        "key_id": ids.key_id,
        "session_id": ids.session_id,
        "rule_id": ids.rule_id,
        "tenant_id": ids.tenant_id,
        "named_tenant": ids.tenant_id,
        "slug": ids.slug,
        "user_id": ids.user_id,
        "owner_id": ids.user_id,
        "user": ids.email,
        "email": ids.email,
        "scope": "instances:read",
        "data": b"x",
        "argv": ["true"],
        "file_id": ids.file_id,
        "reference": ids.public_file_id,
        "blob_id": ids.blob_id,
        "chunks": chunks_of(b"x"),
        "picture": Picture.PROFILE,
        "id_tag": "foreign.example.org",
        "kind": FileKind.TREE if verb.__name__ == "open_store" else TenantKind.COMMUNITY,
        "public_id": f"{ids.public_file_id}~meta",
        "ref_id": ids.ref_id,
        "share_id": 1,
        "version_id": uuid4(),
        "edits": [TextInsert("text", "x")],
        "tag": "red",
        "key": "profile.lang",
        "value": "en",
        "content_type": "image/png",
        "role": TenantRole.VIEWER,
        "new": "a new password",
        "current": "the old password",
        "memory_bytes": 64 * MIB,
        "cpu_millis": 500,
        "cpu_overcommit": 1.0,
        "drivers": ["memory"],
        "node_id": NO_NODE,
        "definition": {"name": ids.image_name, "ref": "x:1"},
    }
    values["name"] = ids.image_name if verb.__name__ == "find_image_by_name" else "a new name"
    values["filters"] = {
        "list_instances": InstanceFilter(tenant_id=ids.tenant_id),
        "all_instances": InstanceFilter(tenant_id=ids.tenant_id),
        "list_operations": OperationFilter(instance_id=ids.instance_id),
        "list_files": FileFilter(ids=(ids.file_id,)),
    }.get(verb.__name__)
    values["changes"] = {
        "update_file": FileChanges(name="n"),
        "change_ref": RefChanges(description="n"),
    }.get(verb.__name__)
    values["spec"] = {
        "deploy": place_spec(ids),
        "choose_image": place_spec(ids),
        "configure_channel": ChannelSpec("chat:*", ChannelPolicy(), ids.tenant_id),
        "create_api_key": KeySpec("graphql", tenant_id=ids.tenant_id),
        "create_user": UserSpec("newcomer", "newcomer@example.org", tenant_id=ids.tenant_id),
        "create_image": ImageSpec(name="n", ref="r", tenant_id=ids.tenant_id),
        "create_tenant": TenantSpec("n", owner_id=ids.user_id),
        "register_node": NodeSpec("n"),
        "upload": UploadSpec("n"),
        "create_file": FileSpec(FileKind.TREE, parent=ids.file_id, tenant_id=ids.tenant_id),
        "share_file": ShareSpec(ShareSubject.USER, "far.example.org", AccessLevel.READ),
        "create_ref": RefSpec("share.file", resource=ids.file_id),
    }.get(verb.__name__)
    return _chosen(verb, values)


def place_spec(ids: Ids) -> Any:
    from domain.instances.spec import DeploySpec

    return DeploySpec("n", 64 * MIB, 500, image_id=ids.image_id, tenant_id=ids.tenant_id)


def _chosen(verb: Verb, values: dict[str, Any]) -> dict[str, Any]:
    chosen = {}
    for name, parameter in inspect.signature(verb).parameters.items():
        needed = parameter.default is inspect.Parameter.empty
        if values.get(name) is not None and (needed or name.endswith("_id") or name in ("email", "filters")):
            chosen[name] = values[name]
        else:
            assert not needed, f"{verb.__module__}.{verb.__name__}: what should {name} be?"
    return chosen


async def outcome(call: Awaitable[Any], ids: Ids) -> object:
    """What a caller can tell from the answer, ids taken out."""
    try:
        answer = await call
    except DomainError as error:
        said = f"{type(error).__name__}: {error.message} {error.details}"
        for value in vars(ids).values():
            said = said.replace(str(value), "…")
        return said
    if isinstance(answer, Page):
        return ("page", len(answer.items))
    return ("list", len(answer)) if isinstance(answer, list | tuple) else answer


@pytest.fixture
def stranger(place: Place) -> Actor:
    """The owner of another tenant: as much as one may be without being of the platform."""
    return replace(place.stranger)


@pytest.mark.parametrize("verb", verbs(), ids=lambda verb: f"{verb.__module__.removeprefix('domain.')}.{verb.__name__}")
async def test_a_foreign_id_answers_as_one_that_does_not_exist(verb: Verb, place: Place, stranger: Actor) -> None:
    real, made_up = await theirs(place), Ids.nowhere()
    before = await everything(place)
    told = await outcome(verb(**arguments(verb, real, place.ports, stranger)), real)
    assert told == await outcome(verb(**arguments(verb, made_up, place.ports, stranger)), made_up)
    assert await everything(place) == before


@pytest.mark.parametrize("kind", ["logs", "stats", "console"])
async def test_foreign_streams_are_not_found(kind: str, place: Place, stranger: Actor) -> None:
    streams, told = InstanceStreams(place.ports), []
    for ids in (await theirs(place), Ids.nowhere()):
        opening = getattr(streams, kind)(stranger, ids.instance_id, **({"follow": True} if kind == "logs" else {}))
        told.append(await outcome(opening.__aenter__(), ids))
    assert told[0] == told[1]
    assert str(told[0]).startswith("NotFound")


def test_the_walk_meets_the_whole_house() -> None:
    rooms = {verb.__module__.split(".")[1] for verb in verbs()}
    assert {"accounts", "audit", "images", "instances", "jobs", "nodes", "tenants"} <= rooms
    assert len(verbs()) > 45


async def everything(place: Place) -> dict[str, object]:
    """What the other tenant has, so that a change of any of it shows."""
    tenant_id = place.tenant.id
    return {
        "tenant": await Tenant.filter(id=tenant_id).values(),
        "members": await Membership.filter(tenant_id=tenant_id).values(),
        "instances": await Instance.filter(tenant_id=tenant_id).values(),
        "operations": await Operation.filter(tenant_id=tenant_id).values(),
        "images": await Image.filter(tenant_id=tenant_id).values(),
        "keys": await ApiKey.filter(tenant_id=tenant_id).values(),
        "sessions": await Session.filter(user_id=place.owner.user_id).values(),
        "files": await File.filter(tenant_id=tenant_id).values(),
        "shares": await Share.filter(tenant_id=tenant_id).values(),
        "refs": await Ref.filter(tenant_id=tenant_id).values(),
        "channels": await ChannelRule.filter(tenant_id=tenant_id).values(),
        "audit": await AuditEntry.filter(tenant_id=tenant_id).count(),
    }
