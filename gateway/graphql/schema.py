"""The schema, put together from its rooms."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from gateway.graphql.accounts.mutations import AccountMutations
from gateway.graphql.accounts.queries import AccountQueries
from gateway.graphql.accounts.sessions import SessionMutations
from gateway.graphql.accounts.viewer import ViewerQueries
from gateway.graphql.audit import AuditQueries
from gateway.graphql.channels import ChannelMutations, ChannelQueries
from gateway.graphql.editing.mutations import DocumentMutations
from gateway.graphql.editing.queries import DocumentQueries
from gateway.graphql.events import EventSubscriptions
from gateway.graphql.files.mutations import FileMutations
from gateway.graphql.files.queries import FileQueries
from gateway.graphql.files.subscriptions import FileSubscriptions
from gateway.graphql.files.uploads import UploadMutations
from gateway.graphql.images.mutations import ImageMutations
from gateway.graphql.images.queries import ImageQueries
from gateway.graphql.instances.mutations import InstanceMutations
from gateway.graphql.instances.power import PowerMutations
from gateway.graphql.instances.queries import InstanceQueries
from gateway.graphql.instances.subscriptions import InstanceSubscriptions
from gateway.graphql.nodes.mutations import NodeMutations
from gateway.graphql.nodes.queries import NodeQueries
from gateway.graphql.operations.changes import OperationMutations, OperationSubscriptions
from gateway.graphql.operations.queries import OperationQueries
from gateway.graphql.preferences.mutations import PreferenceMutations
from gateway.graphql.preferences.queries import PreferenceQueries
from gateway.graphql.refs.mutations import RefMutations
from gateway.graphql.refs.queries import RefQueries
from gateway.graphql.scalars import SCALARS
from gateway.graphql.server import ServerQueries
from gateway.graphql.shares.mutations import ShareMutations
from gateway.graphql.tags.mutations import TagMutations
from gateway.graphql.tags.queries import TagQueries
from gateway.graphql.tenants.mutations import TenantMutations
from gateway.graphql.tenants.queries import TenantQueries
from gateway.graphql.trees.mutations import TreeMutations
from gateway.graphql.trees.queries import TreeQueries

QUERIES = (
    ViewerQueries,
    TenantQueries,
    NodeQueries,
    ImageQueries,
    InstanceQueries,
    OperationQueries,
    AccountQueries,
    AuditQueries,
    ServerQueries,
    ChannelQueries,
    FileQueries,
    TagQueries,
    RefQueries,
    PreferenceQueries,
    DocumentQueries,
    TreeQueries,
)
MUTATIONS = (
    SessionMutations,
    AccountMutations,
    TenantMutations,
    NodeMutations,
    ImageMutations,
    InstanceMutations,
    PowerMutations,
    OperationMutations,
    ChannelMutations,
    FileMutations,
    UploadMutations,
    ShareMutations,
    TagMutations,
    RefMutations,
    PreferenceMutations,
    DocumentMutations,
    TreeMutations,
)
SUBSCRIPTIONS = (InstanceSubscriptions, OperationSubscriptions, EventSubscriptions, FileSubscriptions)


def build_schema() -> strawberry.Schema:
    """A new schema over all rooms."""
    return strawberry.Schema(
        query=merge_types("Query", QUERIES),
        mutation=merge_types("Mutation", MUTATIONS),
        subscription=merge_types("Subscription", SUBSCRIPTIONS),
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def sdl() -> str:
    """The schema as text, as it is committed in schema.graphql."""
    return build_schema().as_str() + "\n"
