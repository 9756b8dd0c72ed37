"""GraphQL over HTTP, as the GraphQL-over-HTTP draft has it; subscriptions as event streams."""

from __future__ import annotations

from contextlib import AsyncExitStack

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from domain.accounts.credentials import refused
from domain.errors import DomainError, InvalidInput
from gateway.graphql.accept import Accepted
from gateway.graphql.answer import Answer, refusal
from gateway.graphql.body import parse, read_body
from gateway.graphql.caller import DOOR, caller_of_request, refresh_cookie
from gateway.graphql.context import Context, House
from gateway.graphql.cookies import Cookies, set_cookies
from gateway.graphql.documents import Prepared
from gateway.graphql.engine import Engine
from gateway.graphql.engines import engine_for
from gateway.graphql.errors import GraphQLCode, domain_fault, fault
from gateway.graphql.explorer.page import explorer
from gateway.graphql.multipart import is_multipart, read_form
from gateway.graphql.once import HEADER, Asked, fingerprint, once
from gateway.graphql.replies import OF_THE_DOCUMENT, reply
from gateway.graphql.request import GraphQLRequest
from gateway.graphql.sse import answered_stream, subscribed_stream
from realtime.credentials import address_of


async def graphql_http(request: Request) -> ASGIApp:
    """GET and POST /graphql."""
    request.scope["state"].update(door=DOOR, route=request.url.path)
    house: House = request.app.state.house
    accepted = Accepted.of(request.headers.get("accept"))
    settings = house.settings.graphql
    if request.method == "GET" and accepted.html and "query" not in request.query_params and settings.explorer:
        return explorer(request)
    return await _Exchange(request, house, engine_for(settings), accepted).run()


class _Exchange:
    """One request and its reply."""

    def __init__(self, request: Request, house: House, engine: Engine, accepted: Accepted) -> None:
        self._request = request
        self._engine = engine
        self._accepted = accepted
        self._cookies = Cookies(request.url.path, refresh_cookie(engine.settings, request))
        self._context = Context(
            house=house,
            ports=house.ports,
            caller=None,
            request_id=request.state.request_id,
            address=address_of(request),
            user_agent=request.headers.get("user-agent"),
            cookies=None if accepted.only_streams else self._cookies,
        )

    async def run(self) -> ASGIApp:
        try:
            async with AsyncExitStack() as held:
                return await self._answer(held)
        except DomainError as error:
            return self._reply(refusal([domain_fault(error)], self._context.request_id))

    async def _answer(self, held: AsyncExitStack) -> ASGIApp:
        """held: what lives until the operation is carried out."""
        wanted, raw = await self._read(held)
        prepared = await self._engine.prepare(wanted, self._context)
        refusing = prepared if isinstance(prepared, Answer) else self._misplaced(prepared)
        if refusing is not None:
            return self._reply(refusing)
        assert isinstance(prepared, Prepared)
        return await self._carry_out(prepared, raw)

    async def _read(self, held: AsyncExitStack) -> tuple[GraphQLRequest, bytes]:
        """What is asked, and what makes two requests the same. Files are taken from nobody who is not signed in."""
        if is_multipart(self._request):
            await self._find_caller()
            if self._context.caller is None:
                raise self._context.refusal or refused("missing")
            return await read_form(self._request, self._engine.settings, held)
        raw = await read_body(self._request, self._engine.settings.max_body_bytes)
        wanted = parse(self._request, raw)
        await self._find_caller()
        return wanted, raw

    async def _find_caller(self) -> None:
        """A credential that does not count is held against everything but signing in anew."""
        context = self._context
        try:
            context.caller = await caller_of_request(context.house, self._engine.settings, self._request)
        except DomainError as error:
            context.refusal = error

    def _misplaced(self, prepared: Prepared) -> Answer | None:
        """Why this operation cannot be carried out by this request, if it cannot."""
        if self._request.method != "POST" and prepared.is_mutation:
            code, text = GraphQLCode.METHOD_NOT_ALLOWED, "Mutations are sent by POST."
        elif prepared.is_subscription and not self._accepted.event_stream:
            code = GraphQLCode.NOT_ACCEPTABLE
            text = "Subscriptions are streamed: use a WebSocket, or accept text/event-stream."
        elif self._accepted.json is None and not self._accepted.event_stream:
            code = GraphQLCode.NOT_ACCEPTABLE
            text = "Answers are application/graphql-response+json or application/json."
        else:
            return None
        return refusal([fault(code, text)], self._context.request_id)

    async def _carry_out(self, prepared: Prepared, raw: bytes) -> ASGIApp:
        if prepared.is_subscription:
            return await subscribed_stream(self._engine, prepared, self._context)
        key = self._request.headers.get(HEADER) if prepared.is_mutation and self._context.caller else None
        if key is None:
            return self._reply(await self._engine.execute(prepared, self._context))
        if self._accepted.only_streams:
            raise InvalidInput("A request with an Idempotency-Key must accept JSON.", field="Idempotency-Key")
        asked = Asked(key, fingerprint(self._request, raw), self._context)
        return await once(asked, lambda: self._engine.execute(prepared, self._context), self._json_reply)

    def _reply(self, answer: Answer) -> ASGIApp:
        """A refusal of the request itself has its status even where a stream was wanted; then clients see it as one."""
        if self._accepted.only_streams and (answer.executed or answer.first_code in OF_THE_DOCUMENT):
            return answered_stream(answer)
        return self._json_reply(answer)

    def _json_reply(self, answer: Answer) -> Response:
        response = reply(answer, self._accepted)
        set_cookies(response, self._cookies, self._request)
        return response
