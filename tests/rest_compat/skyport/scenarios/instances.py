"""Instances."""

from __future__ import annotations

from typing import Any

from tests.rest_compat.skyport.scenario import READ_ONLY, ByFlavour, FromReply, Scenario, error
from tests.rest_compat.skyport.scenarios.nodes import fra_1
from tests.rest_compat.skyport.world import EGG, World

NOT_FOUND = {"docs": 400, "0.3": 404}
DELETED = {"docs": 201, "0.3": 200}
SUSPENDED = {"docs": 200, "0.3": 201}
INSTANCE_NOT_FOUND = error("Instance not found")
INSTANCE_CHANGED = "InstanceChanged"
QUEUED = ("OperationChanged", INSTANCE_CHANGED)
CHANGED = (INSTANCE_CHANGED, "OperationChanged")


def survival(world: World) -> dict[str, Any]:
    return {
        "Name": "Survival",
        "Id": "0a1b2c3d",
        "Node": fra_1(world),
        "User": "4711",
        "InternalState": "READY",
        "VolumeId": "0a1b2c3d",
        "Memory": 2048,
        "Cpu": 1.5,
        "Ports": "25565:25565",
        "Primary": "25565",
        "Image": "games/paper:1.21",
        "AltImages": ["games/paper:1.20"],
        "StopCommand": "stop",
        "imageData": {**EGG, "Variables": {}, "Id": str(world.image.id)},
        "Env": ["EULA=TRUE"],
        "ContainerId": "f00d",
        "suspended": False,
        "Disk": 10,
        "State": "running",
    }


def suspended(world: World) -> dict[str, Any]:
    return {**survival(world), "suspended": True, "State": "stopping"}


def order(world: World, **changes: Any) -> dict[str, Any]:
    """A deploy as the documentation shows it."""
    body = {
        "image": "games/paper:1.21",
        "memory": "1024",
        "cpu": "2",
        "ports": "30000:30000",
        "nodeId": str(world.node.id),
        "name": "Creative",
        "user": "4711",
        "primary": "30000",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def ordered(shows: str, **changes: Any) -> Scenario:
    """A deploy that is taken."""
    promised = FromReply(
        lambda world, reply: {
            "message": "Container creation initiated. State will be updated asynchronously.",
            "volumeId": reply["volumeId"],
            "state": "INSTALLING",
        }
    )
    return Scenario(shows, "POST", DEPLOY, 201, promised, lambda w: order(w, **changes), events=QUEUED)


def refused(shows: str, message: str, status: Any = 400, key: str = "good", **changes: Any) -> Scenario:
    """A deploy that is refused, without a trace."""
    return Scenario(shows, "POST", DEPLOY, status, error(message), lambda w: order(w, **changes), key=key)


LIST = "/api/instances"
DEPLOY = "/api/instances/deploy"
DELETE = "/api/instance/delete"
OF_USER = "/api/getUserInstance"
GET = "/api/getInstance"
SUSPEND = "/api/instances/suspend/{id}"
UNSUSPEND = "/api/instances/unsuspend/{id}"
MISSING = "Missing required parameters"
NUMERIC_NOT_FOUND = {"id": 12345678}
HERE = {"id": "0a1b2c3d"}
NOWHERE = {"id": "ffffffff"}
SAME_WORDS = {"success": "Instance Suspended Successfully"}

DEPLOYS = (
    ordered("success"),
    ordered("success with the image's name", imagename="Paper"),
    ordered("success with an unknown image's name", imagename="Nobody"),
    ordered("success with an image that no catalogue has", image="debian:12"),
    ordered("success with numbers", memory=1024, cpu=2, ports=30000, primary=30000),
    ordered("success with a part of a core", cpu=0.5),
    ordered("success with a unit", memory="1024MB"),
    ordered("success with a pair as primary", primary="30000:30000"),
    ordered("success with anything as primary", primary="web"),
    ordered("success with a bare port", ports="30000"),
    ordered("success with two ports", ports="30000:30000, 8123:8124"),
    ordered("success with variables", variables={"VERSION": "1.21", "SLOTS": 20, "PVP": True}),
    ordered("success with variables as text", variables='{"VERSION": "1.21"}'),
    ordered("success with the panel's empty variables", variables=[]),
    ordered("success with a disk", disk=10),
    ordered("success with any disk", disk={"size": "big"}),
    refused("bad input: no image", MISSING, image=...),
    refused("bad input: no memory", MISSING, memory=...),
    refused("bad input: no cpu", MISSING, cpu=...),
    refused("bad input: no ports", MISSING, ports=...),
    refused("bad input: no node", MISSING, nodeId=...),
    refused("bad input: no name", MISSING, name=""),
    refused("bad input: no user", MISSING, user=None),
    refused("bad input: no primary", MISSING, primary=...),
    refused("bad input: memory", "memory must be a number of MiB.", memory="lots"),
    refused("bad input: negative memory", "memory must be a number of MiB.", memory=-1024),
    refused("bad input: no memory at all", "Memory must be between 6 MiB and 1048576 MiB.", memory=0),
    refused("bad input: memory without end", "memory must be a number of MiB.", memory="9" * 5000),
    refused("bad input: cpu", "cpu must be a number of cores.", cpu="many"),
    refused("bad input: no cpu at all", "CPU must be between 0.01 and 512 cores.", cpu="0"),
    refused("bad input: port 0", "ports: '0' is not a port between 1 and 65535.", ports="0:25565"),
    refused("bad input: port 65536", "ports: '65536' is not a port between 1 and 65535.", ports="1:65536"),
    refused("bad input: no port", "ports: 'http' is not a port between 1 and 65535.", ports="http"),
    refused("bad input: half a pair", "ports: '' is not a port between 1 and 65535.", ports="25565:"),
    refused("bad input: only commas", "ports must be like 25565:25565,8123:8124.", ports=" , "),
    refused("bad input: a host port twice", "Host port 30000 is given twice.", ports="1:30000,2:30000"),
    refused("bad input: variables", "variables is not valid JSON.", variables="{"),
    refused("bad input: a list of variables", "variables must be an object, or the JSON text of one.", variables=["A"]),
    refused("bad input: nested variables", "variables: 'A' must be a text or a number.", variables={"A": {}}),
    refused("bad input: a variable's name", "'A=B' is not a usable variable.", variables={"A=B": "1"}),
    refused("bad input: an image with blanks", "That is not an image reference.", image="two words"),
    refused("bad input: a list as image", "image: expected str, got array.", image=["debian"]),
    refused("bad input: a name without end", "A name has 1 to 100 printable characters.", name="x" * 101),
    refused("not found: node", "Invalid node", NOT_FOUND, nodeId="0190c0de-0000-7000-8000-000000000000"),
    refused("not found: node that is no id", "Invalid node", NOT_FOUND, nodeId="fra-1"),
    refused("not found: user", "There is no such user to own it.", user="0815"),
    refused(
        "a host port that is taken",
        "Host port 25565 is already taken on this node.",
        {"docs": 400, "0.3": 409},
        ports="25565:25565",
    ),
    refused("a read-only key may not", "This credential may only read.", 403, READ_ONLY),
)

INSTANCES = (
    Scenario("success", "GET", LIST, 200, lambda w: [survival(w)]),
    *DEPLOYS,
    Scenario("success", "POST", OF_USER, 200, lambda w: [survival(w)], {"userId": "4711"}),
    Scenario("success by our id", "POST", OF_USER, 200, lambda w: [survival(w)], lambda w: {"userId": str(w.alice.id)}),
    Scenario("success without any", "POST", OF_USER, 200, [], lambda w: {"userId": str(w.owner.id)}),
    Scenario("bad input: nothing", "POST", OF_USER, 400, error('Parameter "userId" is required'), {}),
    Scenario("not found", "POST", OF_USER, NOT_FOUND, error("User not found"), {"userId": "0815"}),
    Scenario("success", "POST", GET, 200, survival, HERE),
    Scenario("bad input: nothing", "POST", GET, 400, error('Parameter "id" is required'), {}),
    Scenario("bad input: a list", "POST", GET, 400, error("id: expected int | str, got array."), {"id": ["0a1b2c3d"]}),
    Scenario("not found", "POST", GET, NOT_FOUND, INSTANCE_NOT_FOUND, NOWHERE),
    Scenario("not found: a number", "POST", GET, NOT_FOUND, INSTANCE_NOT_FOUND, NUMERIC_NOT_FOUND),
    Scenario(
        "success",
        "DELETE",
        DELETE,
        DELETED,
        {"message": "The instance has been successfully deleted."},
        HERE,
        events=CHANGED,
    ),
    Scenario("bad input: nothing", "DELETE", DELETE, 400, error("Missing ID parameter"), {}),
    Scenario("bad input: no body", "DELETE", DELETE, 400, error("Missing ID parameter")),
    Scenario("not found", "DELETE", DELETE, NOT_FOUND, INSTANCE_NOT_FOUND, NOWHERE),
    Scenario(
        "a read-only key may not",
        "DELETE",
        DELETE,
        403,
        error("This credential may only read."),
        HERE,
        key=READ_ONLY,
    ),
    Scenario(
        "success",
        "POST",
        SUSPEND,
        SUSPENDED,
        ByFlavour({"docs": suspended, "0.3": SAME_WORDS}),
        at=lambda w: HERE,
        events=CHANGED,
    ),
    Scenario(
        "bad input: an id of another form", "POST", SUSPEND, NOT_FOUND, INSTANCE_NOT_FOUND, at=lambda w: {"id": "é"}
    ),
    Scenario("not found", "POST", SUSPEND, NOT_FOUND, INSTANCE_NOT_FOUND, at=lambda w: NOWHERE),
    Scenario(
        "success: it was not suspended",
        "POST",
        UNSUSPEND,
        SUSPENDED,
        ByFlavour({"docs": survival, "0.3": SAME_WORDS}),
        at=lambda w: HERE,
    ),
    Scenario(
        "bad input: an id of another form", "POST", UNSUSPEND, NOT_FOUND, INSTANCE_NOT_FOUND, at=lambda w: {"id": "é"}
    ),
    Scenario("not found", "POST", UNSUSPEND, NOT_FOUND, INSTANCE_NOT_FOUND, at=lambda w: NOWHERE),
)
