"""Settings over GraphQL: whose value holds, and who sets it."""

from __future__ import annotations

from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica

KEY = "file.sync_max_vis"
ONE = "query($key: String!) { preference(key: $key) { value source default description } }"
LIST = "query($prefixes: [String!]) { preferences(prefixes: $prefixes) { key value } }"
SET = "mutation($key: String!, $value: JSON!) { setPreference(key: $key, value: $value) { value source } }"
RESET = "mutation($key: String!) { resetPreference(key: $key) { value source } }"


async def test_a_tenants_value_holds_until_it_is_taken_away(replica: Replica, people: People) -> None:
    token = people.anna.token
    before = (await replica.ask(ONE, {"key": KEY}, token=token))["preference"]
    assert (before["source"], before["value"]) == ("SYSTEM", before["default"])
    done = (await replica.ask(SET, {"key": KEY, "value": "sd"}, token=token))["setPreference"]
    assert done == {"value": "sd", "source": "TENANT"}
    assert (await replica.ask(ONE, {"key": KEY}, token=people.bert.token))["preference"]["source"] == "SYSTEM"
    listed = (await replica.ask(LIST, {"prefixes": ["file."]}, token=token))["preferences"]
    assert {"key": KEY, "value": "sd"} in listed
    assert all(one["key"].startswith("file.") for one in listed)
    reset = (await replica.ask(RESET, {"key": KEY}, token=token))["resetPreference"]
    assert reset == {"value": before["value"], "source": "SYSTEM"}


async def test_wrong_names_values_and_people_are_refused(replica: Replica, people: People) -> None:
    for key, value, token, code in (
        ("no.such", 1, people.anna.token, "NOT_FOUND"),
        (KEY, 5, people.anna.token, "INVALID_INPUT"),
        (KEY, "sd", people.vera.token, "FORBIDDEN"),
    ):
        error = await replica.refused(SET, {"key": key, "value": value}, token=token)
        assert error["extensions"]["code"] == code
