"""What the groups do: users, tenants, keys, nodes, images, examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.house import CommandError
from gateway.cli.token import moment
from tests.gateway.cli.command import Gatehouse


@pytest.fixture
def owned(gatehouse: Gatehouse) -> Gatehouse:
    """With a platform owner called ada, who has a tenant of her own."""
    assert gatehouse("user", "create", "ada", "ada@example.org", "--platform-role", "owner").code == 0
    return gatehouse


def test_a_created_user_is_listed_and_told_the_password_on_stderr_only(gatehouse: Gatehouse) -> None:
    said = gatehouse("user", "create", "ada", "ada@example.org", "--external-id", "7")
    assert len(said.lines) == 1
    assert said.err.startswith("password: ")
    listed = json.loads(gatehouse("user", "list", "--json").out)
    assert [(user["id"], user["username"]) for user in listed] == [(said.lines[0], "ada")]


def test_a_password_may_come_from_stdin(gatehouse: Gatehouse) -> None:
    said = gatehouse("user", "create", "ada", "ada@example.org", "--password-stdin", stdin="a long password\n")
    assert (said.code, said.err) == (0, "")
    assert gatehouse("user", "set-password", "ada", "--password-stdin", stdin="short\n").code == 1
    assert gatehouse("user", "set-password", "ada@example.org", "--password-stdin", stdin="another one\n").code == 0


def test_a_taken_name_is_refused(owned: Gatehouse) -> None:
    said = owned("user", "create", "Ada", "other@example.org")
    assert (said.code, said.err) == (1, "gatehouse: There is a user of this username already.\n")


def test_members_are_given_changed_and_taken_roles(owned: Gatehouse) -> None:
    owned("tenant", "create", "Blue Ocean", "--owner", "ada")
    owned("user", "create", "bob", "bob@example.org")
    assert owned("tenant", "member", "blue-ocean", "bob", "--role", "operator").out == "bob is operator of blue-ocean\n"
    assert owned("tenant", "member", "blue-ocean", "bob", "--role", "admin").out == "bob is admin of blue-ocean\n"
    listed = json.loads(owned("tenant", "member", "blue-ocean", "--json").out)
    assert {(member["user"], member["role"]) for member in listed} == {("ada", "owner"), ("bob", "admin")}
    owned("tenant", "member", "blue-ocean", "bob", "--remove")
    assert "bob" not in owned("tenant", "member", "blue-ocean").out
    assert "Blue Ocean" in owned("tenant", "list").out
    assert owned("tenant", "list", "--json").out.count('"slug"') == 3


def test_a_tenant_is_made_with_an_id_tag_or_given_one(owned: Gatehouse) -> None:
    assert owned("tenant", "create", "Blue", "--id-tag", "Blue.Example.org", "--kind", "community").code == 0
    assert owned("tenant", "identify", "blue", "ocean.example.org", "--kind", "community").out == (
        "blue is ocean.example.org\n"
    )
    assert owned("tenant", "identify", "ada", "ada.example.org").out == "ada is ada.example.org\n"
    tags = {row["slug"]: row["id tag"] for row in json.loads(owned("tenant", "list", "--json").out)}
    assert (tags["blue"], tags["ada"]) == ("ocean.example.org", "ada.example.org")
    assert owned("tenant", "identify", "blue", "ada.example.org", "--kind", "community").err == (
        "gatehouse: This id tag is taken.\n"
    )
    assert owned("tenant", "identify", "blue", "blue.example.org").code == 1, "a person's tenant has an owner"
    first, second = [owned("tenant", "rotate-key", "ada").out for _ in range(2)]
    assert first != second


def test_the_last_owner_stays(owned: Gatehouse) -> None:
    owned("tenant", "create", "Blue", "--owner", "ada")
    assert owned("tenant", "member", "blue", "ada", "--remove").code == 1


@pytest.mark.parametrize(("door", "start"), [("graphql", "gh_"), ("skyport", "skyport_")])
def test_a_token_is_all_that_is_printed(owned: Gatehouse, door: str, start: str) -> None:
    said = owned("token", "create", "--door", door)
    assert said.err == ""
    assert len(said.lines) == 1
    assert said.lines[0].startswith(start)


def test_a_token_carries_what_it_was_given(owned: Gatehouse) -> None:
    owned("tenant", "create", "Blue", "--owner", "ada")
    owned(
        "token", "create", "--door", "graphql", "--user", "ada", "--tenant", "blue", "--readonly",
        "--expires", "30d", "--name", "reader", "--flavour", "x",
    )  # fmt: skip
    (key,) = json.loads(owned("token", "list", "--json").out)
    assert (key["name"], key["read only"], key["revoked"]) == ("reader", True, None)
    left = datetime.fromisoformat(key["expires"]) - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)


def test_a_revoked_token_is_listed_only_when_asked_for(owned: Gatehouse) -> None:
    owned("token", "create", "--door", "graphql")
    (key,) = json.loads(owned("token", "list", "--json").out)
    assert "is revoked" in owned("token", "revoke", key["id"]).out
    assert owned("token", "list", "--json").out == "[]\n"
    (gone,) = json.loads(owned("token", "list", "--revoked", "--json").out)
    assert gone["revoked"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--door", "nowhere"),
        ("--door", "skyport", "--tenant", "ada"),
        ("--door", "graphql", "--expires", "soon"),
        ("--door", "graphql", "--expires", "2001-01-01"),
        ("--door", "graphql", "--tenant", "nowhere"),
    ],
)
def test_a_token_that_cannot_be_is_refused_and_nothing_printed(owned: Gatehouse, arguments: tuple[str, ...]) -> None:
    said = owned("token", "create", *arguments)
    assert (said.code, said.out) == (1, "")
    assert owned("token", "list", "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", datetime(2026, 1, 1, 1, 30, tzinfo=UTC)),
        ("12h", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("2w", datetime(2026, 1, 15, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
    ],
)
def test_spans_and_dates(text: str, expected: datetime) -> None:
    assert moment(text, datetime(2026, 1, 1, tzinfo=UTC)) == expected


@pytest.mark.parametrize("text", ["", "d", "-1d", "1.5h", "1y", "tomorrow"])
def test_other_words_are_no_moment(text: str) -> None:
    with pytest.raises(CommandError, match="--expires"):
        moment(text, datetime(2026, 1, 1, tzinfo=UTC))


def test_nodes_are_added_listed_and_checked(gatehouse: Gatehouse) -> None:
    said = gatehouse("node", "add", "mem", "--driver", "memory", "--region", "here")
    assert len(said.lines) == 1
    assert "configure key: " in said.err
    (node,) = json.loads(gatehouse("node", "list", "--json").out)
    assert (node["id"], node["name"], node["state"], node["region"]) == (said.lines[0], "mem", "online", "here")
    assert gatehouse("node", "check", "mem").out == "mem is online: memory, 16 cores, 64.0 GiB\n"


def test_a_node_that_does_not_answer_is_code_1(gatehouse: Gatehouse) -> None:
    gatehouse("node", "add", "away", "--address", "unix:///nowhere/docker.sock")
    said = gatehouse("node", "check", "away")
    assert said.code == 1
    assert said.out.startswith("away is unconfigured: ")


def test_a_certificate_that_cannot_be_read_is_said(gatehouse: Gatehouse) -> None:
    said = gatehouse("node", "add", "x", "--address", "tcp://192.0.2.1:2376", "--tls-ca", "nowhere.pem")
    assert said.code == 1
    assert "nowhere.pem cannot be read" in said.err
    assert gatehouse("node", "list", "--json").out == "[]\n"


def test_images_are_imported_and_replaced(gatehouse: Gatehouse, empty_folder: Path) -> None:
    egg = {"Name": "Paper", "Image": "ghcr.io/example/java:17", "Env": ["A=1"], "Description": "A server"}
    (empty_folder / "egg.json").write_text(json.dumps([egg, {"name": "own", "ref": "own:1"}]))
    first = gatehouse("image", "import", "egg.json")
    assert [line.split()[1] for line in first.lines] == ["Paper", "own"]
    assert gatehouse("image", "import", "egg.json").out == first.out


@pytest.mark.parametrize("text", ["{", "[]", "7", '["x"]', '{"nothing": 1}'])
def test_a_file_that_is_no_image_is_refused(gatehouse: Gatehouse, empty_folder: Path, text: str) -> None:
    (empty_folder / "bad.json").write_text(text)
    said = gatehouse("image", "import", "bad.json")
    assert (said.code, said.out) == (1, "")


def test_the_demo_is_made_once(gatehouse: Gatehouse, empty_folder: Path) -> None:
    gatehouse("node", "add", "mem", "--driver", "memory")
    site = {"name": "gatehouse/static-site", "ref": "x", "drivers": ["memory"]}
    (empty_folder / "site.json").write_text(json.dumps(site))
    gatehouse("image", "import", "site.json")
    said = gatehouse("seed", "demo")
    assert said.code == 0, said.err
    assert [line.split()[0] for line in said.lines] == ["tenant", "user", "user", "user", "user", "instance"]
    assert said.err.count("password of demo-") == 4
    assert gatehouse("seed", "demo").out == "The tenant demo is there already.\n"


def test_a_demo_that_cannot_be_made_leaves_nothing(gatehouse: Gatehouse) -> None:
    said = gatehouse("seed", "demo")
    assert said.code == 1
    assert "the catalogue has no image for a web site" in said.err
    assert gatehouse("tenant", "list", "--json").out == "[]\n"


def test_migrating_says_what_it_did(gatehouse: Gatehouse) -> None:
    assert gatehouse("migrate").out == "applied 0001_initial\napplied 0002_realtime\n"
    assert gatehouse("migrate").out == "The database is up to date.\n"


def test_the_schema_is_printed(gatehouse: Gatehouse) -> None:
    said = gatehouse("schema")
    assert "type Subscription {" in said.out
    assert said.err == ""


def test_settings_are_shown_with_their_values(gatehouse: Gatehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_SECRET_KEY", "hush" * 10)
    monkeypatch.setenv("GATEHOUSE_PORT", "9")
    said = gatehouse("settings", "--changed").out
    assert "GATEHOUSE_PORT = 9   (default: 8080)" in said
    assert "hush" not in said
    assert "GATEHOUSE_HOST " not in said
    everything = json.loads(gatehouse("settings", "--json").out)
    assert {"variable": "GATEHOUSE_HOST", "default": "127.0.0.1", "value": "127.0.0.1"} in everything
