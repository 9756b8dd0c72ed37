"""SETTINGS.md and `gatehouse settings` say what the class says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from domain.limits import Limits
from gateway.settings import load_settings
from gateway.settings_table import LIMITS_SAID, MASK, markdown, rows

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("empty_folder")


def test_settings_md_is_what_the_class_says() -> None:
    written = (REPOSITORY / "SETTINGS.md").read_text(encoding="utf-8")
    assert written == markdown(), "run `gatehouse settings --markdown > SETTINGS.md`"


def test_every_limit_has_a_meaning() -> None:
    assert LIMITS_SAID.keys() == {field.name for field in fields(Limits)}


def test_every_setting_has_a_meaning_and_a_variable_of_its_own() -> None:
    found = rows()
    assert all(row.about for row in found)
    assert len({row.variable for row in found}) == len(found)


def test_values_show_beside_defaults_and_secrets_are_masked() -> None:
    settings = load_settings(
        port=9,
        secret_key="s" * 40,
        database_url="postgresql://gatehouse:hush@db:5432/gatehouse",
        redis_url="redis://:hush@redis:6379/0",
    )
    found = {row.variable: row for row in rows(settings)}
    assert (found["GATEHOUSE_PORT"].default, found["GATEHOUSE_PORT"].value) == ("8080", "9")
    assert found["GATEHOUSE_SECRET_KEY"].value == MASK
    assert found["GATEHOUSE_DATABASE_URL"].value == f"postgresql://gatehouse:{MASK}@db:5432/gatehouse"
    assert found["GATEHOUSE_REDIS_URL"].value == f"redis://:{MASK}@redis:6379/0"
    assert not any("hush" in row.value for row in found.values())


def test_defaults_do_not_depend_on_this_machine() -> None:
    assert not any(str(REPOSITORY) in row.default for row in rows())
