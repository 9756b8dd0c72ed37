"""The way in, the same for every channel: accepted first, then who it is, then the caps; or closed with the reason."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import UUID

from starlette.websockets import WebSocket

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.credentials import is_scoped, refused
from domain.errors import DomainError, Unauthenticated
from domain.limits import Rate
from realtime.close_codes import close_code_of
from realtime.connection import Connection, ConnectionLimits
from realtime.credentials import address_of, credential_of
from realtime.frames import Frame
from realtime.house import House
from realtime.outbox import OutboxLimits
from realtime.settings import SocketSettings
from realtime.wire import wire_under

DOOR = "realtime"
MIB = 1 << 20
SIGN_IN = "Unauthorized - authentication required"


@dataclass(frozen=True, slots=True)
class Channel:
    """What one kind of socket is like; one constant per channel.

    message_bytes, frame_bytes: the longest taken (else 1009). outbox: what may wait for a slow peer. ping_s: silence
    after which the peer is pinged; silent_s: after which it is given up. sign_in: guests are closed with 4401.
    rate: messages taken; a peer that sends faster is read more slowly, nothing is lost. None: that of the settings.
    """

    name: str
    message_bytes: int = MIB
    frame_bytes: int = MIB
    outbox: OutboxLimits = field(default_factory=OutboxLimits)
    ping_s: float = 30.0
    silent_s: float = 75.0
    sign_in: bool = False
    rate: Rate | None = None

    def limits(self, settings: SocketSettings) -> ConnectionLimits:
        return ConnectionLimits(
            message_bytes=self.message_bytes,
            frame_bytes=self.frame_bytes,
            stall_s=settings.stall_s,
            ping_after_s=self.ping_s,
            silent_s=self.silent_s,
            close_s=settings.close_s,
            outbox=self.outbox,
            rate=self.rate or settings.message_rate,
        )


@dataclass(slots=True)
class Entrance:
    """One who came in. tenant_id: by host name, else the credential's, else the default; None: there is none."""

    connection: Connection
    actor: Actor
    tenant_id: UUID | None
    house: House


async def enter(websocket: WebSocket, channel: Channel) -> Entrance | None:
    """Accept, find out who it is, and keep the socket with the others until connection.run() or the handler has ended.

    A credential that is not valid closes with 4401 where the channel wants a sign-in, and makes a guest elsewhere; one
    that has expired or was revoked closes with 4401 everywhere, so that the client gets a new one. Too many
    connections: 4429. None: it was closed already.
    """
    house: House = websocket.app.state.house
    websocket.scope["state"].update(door=DOOR, route=f"/ws/{channel.name}")
    connection = await _accepted(websocket, channel, house)
    if connection.close_code is None:
        try:
            actor = await _actor(websocket, house, channel)
            tenant_id = websocket.scope["state"].get("tenant_id") or actor.tenant_id or await house.directory.default()
        except DomainError as error:
            reason = SIGN_IN if isinstance(error, Unauthenticated) else error.message
            connection.close(close_code_of(error), reason)
        else:
            _admit(house, connection, actor, tenant_id)
    if connection.close_code is not None:
        await turned_away(connection)
        return None
    assert connection.actor is not None
    return Entrance(connection, connection.actor, connection.tenant_id, house)


async def turned_away(connection: Connection) -> None:
    """See a socket that was closed to its end."""
    await connection.run(_ignore)


async def _accepted(websocket: WebSocket, channel: Channel, house: House) -> Connection:
    wire = wire_under(websocket.scope)
    if wire is not None:
        wire.bound(channel.message_bytes, channel.frame_bytes)
    await websocket.accept()
    connection = Connection(websocket, channel.limits(house.settings.sockets), channel=channel.name)
    held = ExitStack()
    held.enter_context(house.sockets.holding(connection, address_of(websocket)))
    connection.when_ended(held.close)
    task = asyncio.current_task()
    assert task is not None
    task.add_done_callback(lambda _: connection.release())
    return connection


async def _actor(websocket: WebSocket, house: House, channel: Channel) -> Actor:
    address = address_of(websocket)
    text = credential_of(websocket, house.settings.graphql.allowed_origins)
    try:
        actor = await authenticate(house.ports, Credential(CredentialKind.ANY, text, DOOR, address), house.identities)
        _refuse_elsewhere(actor, websocket.scope["state"].get("tenant_id"), channel)
        return actor
    except Unauthenticated as error:
        if channel.sign_in or error.details.get("reason") in ("expired", "revoked"):
            raise
        return Actor.anonymous(DOOR, address)


def _refuse_elsewhere(actor: Actor, host_tenant_id: UUID | None, channel: Channel) -> None:
    """Unauthenticated: the credential is of another tenant than the host; or it is for a file, and the channel is for
    people; or it is for things that no channel has (packages, calendars)."""
    known = (None, actor.tenant_id, *actor.memberships)
    if host_tenant_id not in known and not actor.is_platform:
        raise refused("unknown")
    if is_scoped(actor) and (channel.sign_in or actor.file_scope is None):
        raise refused("unknown")


def _admit(house: House, connection: Connection, actor: Actor, tenant_id: UUID | None) -> None:
    connection.tenant_id = tenant_id
    house.sockets.admit(connection, actor)
    if actor.expires_at is not None:
        connection.expire_in((actor.expires_at - house.ports.clock.now()).total_seconds())


def _ignore(frame: Frame) -> None:
    """Nobody listens any more."""
