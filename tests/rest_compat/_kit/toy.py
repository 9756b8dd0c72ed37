"""A dialect as small as one can be, with everything the kit offers: notes that are kept in a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from starlette.requests import Request

from domain.access import Actor
from domain.errors import (
    ERROR_KINDS,
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from domain.models import Tenant
from domain.ports.counters import Verdict
from domain.unit import unit_of_work
from rest_compat._kit import Answer, Answers, Call, Dialect, Endpoint, House, Refusal, Reply
from rest_compat._kit.faults import (
    AuthenticationBroken,
    Broken,
    KeyReused,
    MissingField,
    NoSuchPath,
    UnreadableBody,
    WrongMethod,
)

NOBODY = UUID(int=1)


class NoteIn(Struct, kw_only=True, rename="camel"):
    """A note to keep."""

    text: Annotated[str, Meta(description="What it says.")]
    weight_kg: int | str | None = None
    tags: dict[str, str] | list[str] | None = None


class NoteOut(Struct, kw_only=True):
    """A note as it is kept."""

    text: str


class SearchIn(Struct, kw_only=True):
    """What to look for."""

    text: str
    first: int = 10


class ProblemOut(Struct, kw_only=True):
    """A refusal."""

    problem: str
    number: str | None = None


class NoteTaken(Conflict):
    """There is such a note."""


async def list_notes(call: Call[None]) -> list[NoteOut]:
    """GET /notes: every note.

    The oldest first.
    """
    return [NoteOut(text=row.name) for row in await Tenant.all().order_by("created_at", "id")]


async def keep_note(call: Call[NoteIn]) -> NoteOut:
    """POST /notes: keep a note."""
    if call.body.text == "crash":
        raise RuntimeError("a secret path: /srv/secret")
    if call.body.text == "away":
        raise Unavailable("The shelf does not answer.")
    async with unit_of_work(call.ports):
        if await Tenant.exists(name=call.body.text):
            raise NoteTaken("There is such a note.")
        await Tenant.create(slug=call.body.text, name=call.body.text)
    return NoteOut(text=call.body.text)


async def show_note(call: Call[None]) -> NoteOut:
    """GET /notes/{name}: one note."""
    note = await Tenant.get_or_none(name=call.path["name"])
    if note is None:
        raise NotFound("There is no such note.")
    return NoteOut(text=note.name)


async def search(call: Call[None]) -> list[SearchIn]:
    """GET /search: what was asked, for anybody."""
    return [call.query]


async def plain(call: Call[None]) -> Reply:
    """GET /plain: no JSON."""
    return Reply(203, b"plain", {"content-type": "text/plain"})


async def authenticate(request: Request, house: House) -> Actor:
    key = request.headers.get("x-toy")
    if key is None:
        raise Unauthenticated("Who are you?")
    if key == "broken":
        raise RuntimeError("the register is on fire")
    return Actor(user_id=NOBODY, credential=f"key:{key}", door="toy", flavour=key)


def error_body(refusal: Refusal) -> ProblemOut:
    number = refusal.request_id if refusal.status >= 500 else None
    return ProblemOut(problem=refusal.message, number=number)


def rate_headers(verdict: Verdict, now: datetime) -> dict[str, str]:
    return {"X-Left": str(verdict.remaining)}


ERRORS: Mapping[type[DomainError], Answers] = {
    **{kind: Answer(409, kind.__name__) for kind in ERROR_KINDS},
    Unauthenticated: Answer(401, "Unknown"),
    Forbidden: Answer(403, "Not allowed"),
    NotFound: {"old": Answer(400, "Not there"), "new": Answer(404, "Not there")},
    NoSuchPath: Answer(404, "No such path"),
    WrongMethod: Answer(405, "No such method"),
    UnreadableBody: Answer(400, "Unreadable"),
    MissingField: Answer(422, "Missing"),
    KeyReused: Answer(409, "Key used"),
    TooLarge: Answer(413, "Too large"),
    RateLimited: Answer(429, "Too often", message="Slow down."),
    Unavailable: Answer(503, "Away"),
    AuthenticationBroken: Answer(500, "Broken at the door", message="The door is broken."),
    Broken: Answer(500, "Broken", message="Broken."),
    DomainError: Answer(500, "Broken", message="Broken."),
}

TOY = Dialect(
    name="toy",
    title="Notes",
    version="1",
    description="Keeps <notes>.\n\nAnd nothing else.",
    authenticate=authenticate,
    endpoints=(
        Endpoint(method="GET", path="/notes", handler=list_notes, success=Answer(200, "Notes", shape=list[NoteOut])),
        Endpoint(
            method="POST",
            path="/notes",
            handler=keep_note,
            body=NoteIn,
            success={"old": Answer(200, "Kept", shape=NoteOut), "new": Answer(201, "Kept", exact=NoteOut(text="kept"))},
            errors={NoteTaken: Answer(400, "Taken", message="Taken already.")},
            also=("/old/notes",),
            tag="Writing",
        ),
        Endpoint(method="GET", path="/notes/{name}", handler=show_note, success=Answer(200, "Note", shape=NoteOut)),
        Endpoint(
            method="GET",
            path="/search",
            handler=search,
            query=SearchIn,
            public=True,
            success=Answer(200, "What was asked", shape=list[SearchIn]),
        ),
        Endpoint(method="GET", path="/plain", handler=plain, success=Answer(203, "Text", shape=str)),
        Endpoint(
            method="POST",
            path="/secret",
            handler=keep_note,
            body=NoteIn,
            success=Answer(200, "Kept", shape=NoteOut),
            secret=True,
        ),
    ),
    errors=ERRORS,
    error_body=error_body,
    error_shape=ProblemOut,
    security={"toy": {"type": "apiKey", "in": "header", "name": "x-toy"}},
    flavours=("old", "new"),
    faults=(Unauthenticated, UnreadableBody, TooLarge, RateLimited),
    counted=frozenset({"POST"}),
    rate_headers=rate_headers,
    headers={"Cache-Control": "no-store"},
)
