"""The schema: committed as it is, and every part of it explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

from gateway.graphql import schema as schema_module
from gateway.graphql.engines import the_schema
from gateway.graphql.schema import sdl

COMMITTED = Path(schema_module.__file__).with_name("schema.graphql")
SIZES = ("Bytes", "Millis", "IntervalS", "TimeoutS")
UNITS = ("bytes", "thousandths of a core", "Seconds", "seconds", "MiB")

QUERIES = {
    *("viewer", "tenant", "tenants", "node", "nodes", "image", "images", "instance", "instances"),
    *("operation", "operations", "users", "apiKeys", "auditLog", "serverInfo", "channelRules"),
    *("file", "files", "tags", "ref", "refs", "preference", "preferences"),
    *("document", "documentVersions", "documentVersion", "tree"),
}
MUTATIONS = {
    *("signIn", "refresh", "signOut", "changePassword", "resetPassword", "createApiKey", "revokeApiKey"),
    *(
        "createUser",
        "createTenant",
        "identifyTenant",
        "addMember",
        "registerNode",
        "removeNode",
        "createImage",
        "deployInstance",
    ),
    *("startInstance", "stopInstance", "restartInstance", "killInstance", "resizeInstance", "suspendInstance"),
    *("unsuspendInstance", "renameInstance", "deleteInstance", "redeployInstance", "runCommand"),
    *("sendConsoleInput", "cancelOperation", "configureChannel", "removeChannelRule"),
    *("createFile", "updateFile", "uploadFile", "trashFile", "restoreFile", "purgeFile", "emptyTrash", "markFile"),
    *("duplicateFile", "shareFile", "unshareFile", "tagFile", "untagFile", "createRef", "deleteRef"),
    *("setPreference", "resetPreference", "editDocumentText", "editDocumentMap"),
    *("createDocumentVersion", "deleteDocumentVersion", "restoreDocumentVersion", "transactTree"),
}
SUBSCRIPTIONS = {
    *("instanceChanged", "instancesChanged", "operation", "instanceLogs", "instanceStats", "instanceConsole"),
    *("events", "fileChanged", "filesChanged"),
}


def schema() -> GraphQLSchema:
    return the_schema()._schema


def test_the_committed_text_is_the_schema_as_it_is() -> None:
    assert COMMITTED.read_text() == sdl(), "run `make schema` and commit gateway/graphql/schema.graphql"


def test_everything_the_door_promises_is_there() -> None:
    made = schema()
    assert made.query_type is not None
    assert made.mutation_type is not None
    assert made.subscription_type is not None
    assert set(made.query_type.fields) == QUERIES
    assert set(made.mutation_type.fields) == MUTATIONS
    assert set(made.subscription_type.fields) == SUBSCRIPTIONS


def test_every_type_field_argument_and_value_has_a_description() -> None:
    assert [name for name, part in _parts() if not part.description] == []


def test_every_size_says_its_unit() -> None:
    sizes = {name: part.description for name, part in _parts() if name.endswith(SIZES)}
    assert len(sizes) >= 18
    assert [name for name, text in sizes.items() if not any(unit in text for unit in UNITS)] == []


def test_secrets_have_no_field() -> None:
    shown = {
        f"{name}.{field}".lower()
        for name, kind in schema().type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
        for field in kind.fields
    }
    assert [name for name in shown for word in ("hash", "tls", "annotations", "secret") if word in name] == []


def _parts() -> Iterator[tuple[str, Any]]:
    """Every named part of the schema that is ours."""
    roots = {"Query", "Mutation", "Subscription"}
    for name, kind in schema().type_map.items():
        if name.startswith("__") or name in ("ID", "Int", "Float", "String", "Boolean"):
            continue
        if name not in roots:
            yield name, kind
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}.{argument_name}", argument
        elif isinstance(kind, GraphQLInputObjectType):
            for field_name, given in kind.fields.items():
                yield f"{name}.{field_name}", given
        elif isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                yield f"{name}.{value_name}", value
