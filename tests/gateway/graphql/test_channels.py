"""Rules of channels: set, listed, taken back."""

from __future__ import annotations

from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica

CONFIGURE = """
mutation($input: ConfigureChannelInput!) {
  configureChannel(input: $input) { id pattern tenantId subscribeRole publishRole hasPresence historyCount historyAgeS }
}
"""
LIST = "query($id: ID!) { channelRules(tenantId: $id) { nodes { pattern historyCount } totalCount } }"
REMOVE = "mutation($id: ID!) { removeChannelRule(id: $id) }"


async def test_rules_are_set_listed_and_taken_back(replica: Replica, people: People) -> None:
    anna = people.anna
    wanted = {"pattern": "chat:*", "subscribeRole": "VIEWER", "historyCount": 50}
    made = (await replica.ask(CONFIGURE, {"input": wanted}, token=anna.token))["configureChannel"]
    assert made == {
        "id": made["id"],
        "pattern": "chat:*",
        "tenantId": str(anna.tenant.id),
        "subscribeRole": "VIEWER",
        "publishRole": "OPERATOR",
        "hasPresence": True,
        "historyCount": 50,
        "historyAgeS": 86_400,
    }
    listed = await replica.ask(LIST, {"id": str(anna.tenant.id)}, token=people.vera.token)
    assert listed["channelRules"] == {"nodes": [{"pattern": "chat:*", "historyCount": 50}], "totalCount": 1}
    assert await replica.ask(REMOVE, {"id": made["id"]}, token=anna.token) == {"removeChannelRule": made["id"]}
    gone = await replica.refused(REMOVE, {"id": made["id"]}, token=anna.token)
    assert gone["extensions"]["code"] == "NOT_FOUND"


async def test_only_admins_of_the_tenant_decide(replica: Replica, people: People) -> None:
    for person, code in ((people.vera, "FORBIDDEN"), (people.bert, "NOT_FOUND")):
        wanted = {"pattern": "chat:*", "tenantId": str(people.anna.tenant.id)}
        refused = await replica.refused(CONFIGURE, {"input": wanted}, token=person.token)
        assert refused["extensions"]["code"] == code


async def test_bad_rules_are_refused(replica: Replica, people: People) -> None:
    for wanted, code in (
        ({"pattern": "a b"}, "INVALID_INPUT"),
        ({"pattern": "instance:*"}, "FORBIDDEN"),
        ({"pattern": "a", "historyCount": 10_001}, "INVALID_INPUT"),
        ({"pattern": "a", "historyAgeS": 0}, "INVALID_INPUT"),
    ):
        refused = await replica.refused(CONFIGURE, {"input": wanted}, token=people.anna.token)
        assert refused["extensions"]["code"] == code
