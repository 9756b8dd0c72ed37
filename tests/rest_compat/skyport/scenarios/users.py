"""Users."""

from __future__ import annotations

from typing import Any

from tests.rest_compat.skyport.scenario import READ_ONLY, FromReply, Scenario, error
from tests.rest_compat.skyport.world import QUICK_HASH, World

NOT_FOUND = {"docs": 400, "0.3": 404}
FOUND = {"docs": 201, "0.3": 200}
SECRETS = (QUICK_HASH, "$2b$", "$argon2", "resetToken", "verificationToken", "twoFASecret")


def alice(world: World) -> dict[str, Any]:
    return {
        "userId": "4711",
        "username": "Alice",
        "email": "Alice@example.org",
        "password": "[redacted]",
        "accessTo": [],
        "admin": False,
    }


def everybody(world: World) -> list[dict[str, Any]]:
    root = {"userId": str(world.owner.id), "username": "root", "email": "root@example.org", "admin": True}
    return [{**alice(world), **root}, alice(world)]


NEW = {"username": "bob", "email": "bob@example.org", "password": "pw"}
MADE = ("TenantChanged", "MemberChanged", "UserChanged")
REQUIRED = error("Username, email, and password are required")


def made(**more: Any) -> FromReply:
    """The new user; userId is the reply's own unless it was chosen."""
    return FromReply(
        lambda world, reply: {
            "userId": reply["userId"],
            "username": "bob",
            "email": "bob@example.org",
            "admin": False,
            **more,
        }
    )


GET_USER = "/api/getUser"
CREATE = "/api/auth/create-user"
OLD_CREATE = "/api/users/create"
RESET = "/api/auth/reset-password"

USERS = (
    Scenario("success", "GET", "/api/users", 200, everybody, absent=SECRETS),
    Scenario("a read-only key reads", "GET", "/api/users", 200, everybody, key=READ_ONLY),
    Scenario("success by email", "POST", GET_USER, FOUND, alice, {"type": "email", "value": "Alice@example.org"}),
    Scenario("success by username", "POST", GET_USER, FOUND, alice, {"type": "username", "value": "Alice"}),
    Scenario("letter case does not matter", "POST", GET_USER, FOUND, alice, {"type": "username", "value": "ALICE"}),
    Scenario("no secrets", "POST", GET_USER, FOUND, alice, {"type": "username", "value": "alice"}, absent=SECRETS),
    Scenario("bad input: nothing", "POST", GET_USER, 400, error("Type and value are required"), {}),
    Scenario("bad input: no type", "POST", GET_USER, 400, error("Type and value are required"), {"value": "a"}),
    Scenario(
        "bad input: empty value",
        "POST",
        GET_USER,
        400,
        error("Type and value are required"),
        {"type": "email", "value": ""},
    ),
    Scenario(
        "bad input: unknown type",
        "POST",
        GET_USER,
        400,
        error('Invalid search type. Use "email" or "username".'),
        {"type": "id", "value": "4711"},
    ),
    Scenario(
        "bad input: value is an object",
        "POST",
        GET_USER,
        400,
        error("value: expected int | str, got object."),
        {"type": "email", "value": {"$ne": ""}},
    ),
    Scenario(
        "not found", "POST", GET_USER, NOT_FOUND, error("User not found"), {"type": "email", "value": "no@example.org"}
    ),
    Scenario("success", "POST", CREATE, 201, made(), NEW, events=MADE, absent=("pw", "password")),
    Scenario("the client's id is kept", "POST", CREATE, 201, made(userId="99"), {**NEW, "userId": "99"}, events=MADE),
    Scenario("a numeric id is text", "POST", CREATE, 201, made(userId="99"), {**NEW, "userId": 99}, events=MADE),
    Scenario("an admin", "POST", CREATE, 201, made(admin=True), {**NEW, "admin": True}, events=MADE),
    Scenario('only true is true: "true"', "POST", CREATE, 201, made(), {**NEW, "admin": "true"}, events=MADE),
    Scenario("bad input: nothing", "POST", CREATE, 400, REQUIRED, {}),
    Scenario("bad input: no password", "POST", CREATE, 400, REQUIRED, {**NEW, "password": None}),
    Scenario("bad input: no email", "POST", CREATE, 400, REQUIRED, {**NEW, "email": ""}),
    Scenario(
        "bad input: no e-mail address",
        "POST",
        CREATE,
        400,
        error("This is not an e-mail address."),
        {**NEW, "email": "bob"},
    ),
    Scenario("username taken", "POST", CREATE, 409, error("User already exists"), {**NEW, "username": "alice"}),
    Scenario("email taken", "POST", CREATE, 409, error("User already exists"), {**NEW, "email": "alice@EXAMPLE.org"}),
    Scenario("userId taken", "POST", CREATE, 409, error("User already exists"), {**NEW, "userId": "4711"}),
    Scenario(
        "a read-only key may not",
        "POST",
        CREATE,
        403,
        error("This credential may only read."),
        NEW,
        key=READ_ONLY,
    ),
    Scenario("success at the old path", "POST", OLD_CREATE, 201, made(), NEW, events=MADE),
    Scenario("bad input at the old path", "POST", OLD_CREATE, 400, REQUIRED, {"username": "bob"}),
    Scenario(
        "success",
        "POST",
        RESET,
        200,
        FromReply(lambda world, reply: {"password": reply["password"]}),
        {"email": "alice@example.org"},
        events=(),
    ),
    Scenario("bad input: nothing", "POST", RESET, 400, error("Email is required"), {}),
    Scenario("not found", "POST", RESET, NOT_FOUND, error("Email not found"), {"email": "no@example.org"}),
    Scenario("not found: no address", "POST", RESET, NOT_FOUND, error("Email not found"), {"email": "Alice"}),
)
