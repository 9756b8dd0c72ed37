"""Rules of channels: who may use them, and what they remember. The channels themselves are on /ws/bus."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.channels.configure_channel import ChannelSpec, configure_channel
from domain.channels.policy import DEFAULT_POLICY, ChannelPolicy
from domain.channels.queries import BY_PATTERN, list_channel_rules
from domain.channels.remove_channel_rule import remove_channel_rule
from domain.models.channel import ChannelRule
from domain.models.tenant import TenantRole
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.paging import DEFAULT_FIRST, After, Connection, First, Listing, page_request
from gateway.graphql.rows import of_rows
from gateway.graphql.tenants.queries import TenantId
from gateway.graphql.tenants.types import TenantRoleEnum

OPERATOR = TenantRole.OPERATOR


@of_rows(
    ChannelRule,
    {
        "id": "The rule's id.",
        "tenant_id": "The tenant whose channels it is about.",
        "pattern": 'A channel\'s name, "namespace:*" or "*"; the closest rule holds.',
        "subscribe_role": "The weakest role that may listen.",
        "publish_role": "The weakest role that may publish.",
        "presence_role": "The weakest role that may see who is there.",
        "history_role": "The weakest role that may read the history.",
        "has_presence": "Whether it is known who is there.",
        "history_count": "Messages kept; 0: none, and messages are delivered at most once.",
        "history_age_s": "Seconds for which they are kept.",
        "created_at": "When it was made.",
    },
    name="ChannelRule",
    description="What holds for channels of the message bus.",
)
class ChannelRuleType:
    pass


@strawberry.input(description="What is to hold for channels.")
class ConfigureChannelInput:
    pattern: str = strawberry.field(description='A channel\'s name, "namespace:*" or "*".')
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="Of this tenant; null: your own.")
    subscribe_role: TenantRoleEnum = strawberry.field(default=OPERATOR, description="The weakest that may listen.")
    publish_role: TenantRoleEnum = strawberry.field(default=OPERATOR, description="The weakest that may publish.")
    presence_role: TenantRoleEnum = strawberry.field(
        default=OPERATOR, description="The weakest that may see who is there."
    )
    history_role: TenantRoleEnum = strawberry.field(
        default=OPERATOR, description="The weakest that may read the history."
    )
    has_presence: bool = strawberry.field(default=True, description="Whether it is known who is there.")
    history_count: int = strawberry.field(
        default=DEFAULT_POLICY.history_count, description="Messages kept; 0: none, delivered at most once."
    )
    history_age_s: int = strawberry.field(
        default=DEFAULT_POLICY.history_age_s, description="Seconds for which they are kept."
    )

    def to_spec(self) -> ChannelSpec:
        policy = ChannelPolicy(
            self.subscribe_role,
            self.publish_role,
            self.presence_role,
            self.history_role,
            self.has_presence,
            self.history_count,
            self.history_age_s,
        )
        return ChannelSpec(self.pattern, policy, self.tenant_id)


@strawberry.type
class ChannelQueries:
    @root(Connection[ChannelRuleType] | None, "Rules of a tenant's channels, by pattern. Needs tenants:read there.")
    async def channel_rules(
        self, info: Info, tenant_id: TenantId, first: First = DEFAULT_FIRST, after: After = None
    ) -> Listing[ChannelRule]:
        request = page_request(info, first, after)
        page = await list_channel_rules(info.context.actor, tenant_id, request=request)
        return Listing(page, BY_PATTERN, request)


@strawberry.type
class ChannelMutations:
    @root(
        ChannelRuleType | None,
        "Set the rule of a pattern of channels; it holds at once, for open sockets too. Needs tenants:write there.",
    )
    async def configure_channel(
        self, info: Info, input: Annotated[ConfigureChannelInput, strawberry.argument(description="The rule.")]
    ) -> ChannelRule:
        return await configure_channel(info.context.ports, info.context.actor, input.to_spec())

    @root(strawberry.ID | None, "Take a rule of channels back; its id. What is wider holds again.")
    async def remove_channel_rule(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The rule's id.")]
    ) -> strawberry.ID:
        await remove_channel_rule(info.context.ports, info.context.actor, id)
        return id
