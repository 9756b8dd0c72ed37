"""Nodes."""

from __future__ import annotations

from typing import Any

from tests.rest_compat.skyport.scenario import READ_ONLY, FromReply, Scenario, error
from tests.rest_compat.skyport.world import World

CREATE = "/api/nodes/create"
DELETE = "/api/nodes/delete"
CONFIGURE = "/nodes/configure"
KEYS = ("a node's access key", "_hash", "tls")
NEW = {
    "name": "ber-1",
    "tags": "ssd,eu",
    "ram": "64GB",
    "disk": "1TB",
    "processor": "EPYC",
    "address": "docker.example.org",
    "port": 2376,
}
REQUIRED = error("Missing parameters")
INVALID = error("The node ID was invalid")
KEYS_REQUIRED = error("Missing configureKey or accessKey")


def fra_1(world: World) -> dict[str, Any]:
    return {
        "id": str(world.node.id),
        "name": "fra-1",
        "tags": "local",
        "ram": "64.0 GB",
        "disk": "100.0 GB",
        "processor": "16 cores",
        "address": "192.0.2.10",
        "port": "",
        "apiKey": None,
        "configureKey": None,
        "status": "Online",
        "versionFamily": 1,
        "versionRelease": "memory 1.2.3",
    }


def both(world: World) -> list[dict[str, Any]]:
    spare = {
        "id": str(world.spare.id),
        "name": "spare",
        "ram": "0.0 GB",
        "disk": "0.0 GB",
        "processor": "0 cores",
        "address": "127.0.0.1",
        "status": "Unconfigured",
    }
    never = {name: value for name, value in fra_1(world).items() if not name.startswith("version")}
    return [fra_1(world), {**never, **spare}]


def made(**more: Any) -> FromReply:
    """The new node; its id and one-time key are the reply's own."""
    return FromReply(
        lambda world, reply: {
            "Message": {
                "id": reply["Message"]["id"],
                **NEW,
                "port": "2376",
                "apiKey": None,
                "configureKey": reply["Message"]["configureKey"],
                "status": "Unconfigured",
                **more,
            }
        }
    )


def refused(shows: str, message: str, status: Any = 400, **changes: Any) -> Scenario:
    return Scenario(shows, "POST", CREATE, status, error(message), {**NEW, **changes})


NODES = (
    Scenario("success", "GET", "/api/nodes", 200, both, absent=KEYS),
    Scenario("success", "POST", CREATE, 201, made(), NEW, events=("NodeChanged",), absent=KEYS),
    Scenario(
        "success with an IPv6 address",
        "POST",
        CREATE,
        201,
        made(address="2001:db8::1"),
        {**NEW, "address": "2001:db8::1"},
        events=("NodeChanged",),
    ),
    Scenario("bad input: nothing", "POST", CREATE, 400, REQUIRED, {}),
    *(Scenario(f"bad input: no {name}", "POST", CREATE, 400, REQUIRED, {**NEW, name: ""}) for name in NEW),
    refused("bad input: a URL as address", "address must be a host name or an IP address.", address="http://a/b"),
    refused("bad input: a path as address", "address must be a host name or an IP address.", address="../etc"),
    refused("bad input: port 0", "port must be a number between 1 and 65535.", port="0"),
    refused("bad input: no port", "port must be a number between 1 and 65535.", port="http"),
    refused("bad input: a name without end", "A node's name has 1 to 100 characters.", name="x" * 101),
    refused("a name that is taken", "There is a node of this name already.", {"docs": 400, "0.3": 409}, name="fra-1"),
    Scenario(
        "a read-only key may not", "POST", CREATE, 403, error("This credential may only read."), NEW, key=READ_ONLY
    ),
    Scenario(
        "success",
        "DELETE",
        DELETE,
        201,
        {"Message": "The node has successfully deleted."},
        lambda w: {"nodeId": str(w.spare.id)},
        events=("NodeRemoved",),
    ),
    Scenario("bad input: nothing", "DELETE", DELETE, 400, INVALID, {}),
    Scenario("not found", "DELETE", DELETE, 400, INVALID, {"nodeId": "0190c0de-0000-7000-8000-000000000000"}),
    Scenario("not found: no id", "DELETE", DELETE, 400, INVALID, {"nodeId": "spare"}),
    Scenario(
        "instances live on it",
        "DELETE",
        DELETE,
        400,
        error("There are instances on the node"),
        lambda w: {"nodeId": str(w.node.id)},
    ),
    Scenario(
        "success",
        "POST",
        CONFIGURE,
        200,
        {"message": "Node configured successfully"},
        query={"configureKey": "waiting", "accessKey": "f" * 64, "authKey": "x"},
        key="missing",
        events=("NodeChanged",),
        absent=("f" * 64,),
    ),
    Scenario("bad input: nothing", "POST", CONFIGURE, 400, KEYS_REQUIRED, key="missing"),
    Scenario(
        "bad input: one key", "POST", CONFIGURE, 400, KEYS_REQUIRED, query={"configureKey": "waiting"}, key="missing"
    ),
    Scenario(
        "bad input: keys in the body",
        "POST",
        CONFIGURE,
        400,
        KEYS_REQUIRED,
        {"configureKey": "waiting", "accessKey": "f"},
    ),
    Scenario(
        "not found",
        "POST",
        CONFIGURE,
        404,
        error("Node not found"),
        query={"configureKey": "guess", "accessKey": "f" * 64},
        key="missing",
    ),
)
