from __future__ import annotations

from tests.gateway.graphql.people import People
from tests.gateway.graphql.wire import wired
from tests.gateway.graphql.serving import Replica


async def test_deploy_is_seen_live(replica: Replica, people: People) -> None:
    instance_id = await people.deploy()
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe(
            "subscription($id: ID!) { instanceChanged(id: $id) { id name state node { name } env { name } operations { kind state } } }",
            {"id": instance_id},
        )
        while True:
            m = await wire.next_data()
            print(m)
            if m["instanceChanged"]["state"] == "RUNNING":
                break
    data = await replica.ask("{ instances { totalCount nodes { id name ports { hostPort } owner { username } tenant { name } } } serverInfo { version } }", token=people.anna.token)
    print(data)
