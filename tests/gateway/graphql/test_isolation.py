"""Tenant isolation through the whole door: every field that takes an id answers a foreign one as one that is nowhere.

The walk reads the schema. A field with a required argument it cannot fill fails the test until somebody says with what.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
    is_required_argument,
)

from domain.channels.policy import ChannelPolicy
from domain.files.naming import random_public_id
from domain.models import ApiKey, File, FileTag, Instance, Membership, Operation, Ref, Share, ShareSubject, Tenant
from domain.models.channel import ChannelRule
from domain.models.document import DocumentUpdate, DocumentVersion
from domain.models.preference import Preference
from gateway.graphql.engines import the_schema
from tests.domain.file_rows import a_file
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.wire import wired

KINDS = {
    "node": "node",
    "registerNode": "none",
    "removeNode": "node",
    "image": "image",
    "operation": "operation",
    "cancelOperation": "operation",
    "tenant": "tenant",
    "addMember": "tenant",
    "revokeApiKey": "key",
    "endSession": "session",
    "removeChannelRule": "rule",
}
"""What the `id` of a field names; an instance where nothing else is said."""

HARMLESS: Mapping[str, Any] = {
    "name": "a name",
    "argv": ["true"],
    "role": "VIEWER",
    "memoryBytes": 64 << 20,
    "tail": 1,
    "current": "the old password",
    "new": "a new password",
    "token": "x",
    "refreshToken": "x",
    "reason": "because",
    "idTag": "foreign.example.org",
    "kind": "COMMUNITY",
    "tag": "a tag",
    "key": "file.sync_max_vis",
    "value": "sd",
    "file": "not a file",
}

EDITS: Mapping[str, Any] = {
    "editDocumentText": [{"insert": "x"}],
    "editDocumentMap": [{"key": "k", "value": 1}],
}
APART = frozenset({"events", "ref"})
"""events has its own test of what it lets through; a ref is found by a secret: who has it may see it."""


def inputs(ids: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Input objects, with every id there is room for."""
    sized = {"name": "n", "memoryBytes": 64 << 20, "cpuMillis": 100}
    return {
        "createApiKey": {"door": "graphql", "tenantId": ids["tenant"]},
        "createUser": {
            "username": "new",
            "email": "new@example.org",
            "password": "long enough",
            "tenantId": ids["tenant"],
        },
        "createTenant": {"name": "n", "ownerId": ids["user"]},
        "createImage": {"name": "n", "ref": "r", "tenantId": ids["tenant"]},
        "registerNode": {"name": "n"},
        "configureChannel": {"pattern": "chat:*", "tenantId": ids["tenant"]},
        "signIn": {"login": "nobody", "password": "nothing"},
        "createFile": {"kind": "DOCUMENT", "name": "n", "parentId": ids["file"], "tenantId": ids["tenant"]},
        "updateFile": {"name": "n", "parentId": ids["file"]},
        "shareFile": {"subjectKind": "USER", "subject": "bert", "level": "ADMIN"},
        "createRef": {"fileId": ids["file"], "tenantId": ids["tenant"]},
        "deployInstance": {**sized, "imageName": "site", "tenantId": ids["tenant"], "ownerId": ids["user"]},
    }


@dataclass(frozen=True)
class Case:
    """One root field."""

    kind: str
    name: str
    field: GraphQLField

    def document(self, ids: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        given = self._arguments(ids)
        declared = ", ".join(f"${name}: {self.field.args[name].type}" for name in given)
        passed = ", ".join(f"{name}: ${name}" for name in given)
        made = get_named_type(self.field.type)
        inside = "nodes { __typename }" if "nodes" in getattr(made, "fields", ()) else "__typename"
        selection = "" if is_leaf_type(made) else f" {{ {inside} }}"
        head = f"{self.kind}({declared})" if given else self.kind
        call = f"{self.name}({passed})" if given else self.name
        return f"{head} {{ {call}{selection} }}", given

    def _arguments(self, ids: Mapping[str, str]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, argument in self.field.args.items():
            if name == "id":
                given[name] = ids[KINDS.get(self.name, "instance")]
            elif name.endswith("Id") and name.removesuffix("Id") in ids:
                given[name] = ids[name.removesuffix("Id")]
            elif name == "user":
                given[name] = ids["email"]
            elif name == "input" and is_non_null_type(argument.type):
                given[name] = "x" if is_leaf_type(get_named_type(argument.type)) else inputs(ids)[self.name]
            elif name == "topics":
                given[name] = [f"instance:{ids['instance']}"]
            elif name == "operations":
                given[name] = [{"kind": "create", "path": "todos", "data": {}}]
            elif name == "edits":
                given[name] = EDITS[self.name]
            elif name == "filter":
                continue
            elif is_required_argument(argument):
                assert name in HARMLESS, f"{self.name}: what should {name} be?"
                given[name] = HARMLESS[name]
        return given


def cases(kind: str) -> list[Case]:
    schema = the_schema()._schema
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    root = roots[kind]
    assert isinstance(root, GraphQLObjectType)
    # Without any argument there is no foreign id to give.
    return [Case(kind, name, field) for name, field in root.fields.items() if field.args and name not in APART]


async def annas(people: People) -> dict[str, str]:
    """One of everything in tenant A."""
    instance_id = await people.deploy_running()
    with people.replica.inside():
        operation = await Operation.get(instance_id=instance_id)
        key = await ApiKey.get(user_id=people.anna.user.id)
        file = await a_file(people.anna.tenant)
        version = await DocumentVersion.create(file_id=file.id, name="v", seq=0, size_bytes=2, data=b"\x00\x00")
        share = Share(id=int(SHARE_ID), tenant_id=file.tenant_id, file_id=file.id, subject_kind=ShareSubject.USER)
        share.subject, share.created_by, share.level = "somebody", "anna", 1
        await share.save(force_create=True)
        ref = await Ref.create(tenant_id=file.tenant_id, ref_id=random_public_id(), kind="share.file", resource=file)
        rule = await ChannelRule.create(tenant_id=people.anna.tenant.id, pattern="x", **asdict(ChannelPolicy()))
    return {
        "instance": instance_id,
        "operation": str(operation.id),
        "key": str(key.id),
        "tenant": str(people.anna.tenant.id),
        "user": str(people.anna.user.id),
        "email": people.anna.user.email,
        "image": str(uuid4()),
        "node": NO_NODE,
        "session": str(uuid4()),
        "file": str(file.id),
        "parent": str(file.id),
        "version": str(version.id),
        "share": str(share.id),
        "ref": ref.ref_id,
        "rule": str(rule.id),
    }


NO_NODE = str(uuid4())
SHARE_ID = "987654321"


def nowhere() -> dict[str, str]:
    ids = {
        name: str(uuid4()) for name in ("instance", "operation", "key", "tenant", "user", "image", "session", "rule")
    }
    files = {name: str(uuid4()) for name in ("file", "parent", "version")}
    links = {"share": "123456789", "ref": random_public_id()}
    return {**ids, **files, **links, "email": "nobody@example.org", "node": NO_NODE}


def told(answer: Mapping[str, Any], ids: Mapping[str, str]) -> str:
    """What a caller can tell from an answer: without ids, and without the request's own id."""
    text = json.dumps([answer.get("data"), [_plain(error) for error in answer.get("errors", [])]], sort_keys=True)
    for value in ids.values():
        text = text.replace(value, "…")
    return text


def _plain(error: dict[str, Any]) -> dict[str, Any]:
    extensions = {name: value for name, value in error.get("extensions", {}).items() if name != "requestId"}
    return {"message": error["message"], "extensions": extensions}


async def everything() -> list[object]:
    rows = (Tenant, Instance, Operation, Membership, File, Share, Ref, FileTag, Preference, DocumentUpdate)
    return [sorted(map(str, await table.all().values())) for table in rows]


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_a_foreign_id_answers_as_one_that_is_nowhere(kind: str, replica: Replica, people: People) -> None:
    real, made_up = await annas(people), nowhere()
    with replica.inside():
        before = await everything()
    for case in cases(kind):
        answers = []
        for ids in (real, made_up):
            document, variables = case.document(ids)
            reply = await replica.post(document, variables, token=people.bert.token)
            answers.append(told(reply.json(), ids))
        assert answers[0] == answers[1], case.name
        assert "GRAPHQL_VALIDATION_FAILED" not in answers[0], answers[0]
    with replica.inside():
        assert await everything() == before


async def test_foreign_subscriptions_answer_as_if_there_were_nothing(replica: Replica, people: People) -> None:
    real, made_up = await annas(people), nowhere()
    for case in cases("subscription"):
        if "id" not in case.field.args:
            continue
        answers = []
        for ids in (real, made_up):
            document, variables = case.document(ids)
            async with wired(replica.socket_url, people.bert.token) as wire:
                await wire.subscribe(document, variables)
                message = await wire.hear()
            payload = message["payload"]
            answers.append(told({"errors": payload} if isinstance(payload, list) else payload, ids))
        assert answers[0] == answers[1], case.name
        assert "NOT_FOUND" in answers[0], (case.name, answers[0])
