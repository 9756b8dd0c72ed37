"""What a client can ask of the bus. Each answers with the data of its ack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from domain.channels.log import ChannelKey
from domain.channels.names import check_name, is_servers
from domain.channels.policy import ChannelPolicy, ChannelRight, may_use, require_use
from domain.channels.push import Push
from domain.channels.story import audience_of
from domain.errors import Conflict, Forbidden, InvalidInput, QuotaExceeded, TooLarge, Unsupported
from realtime.bus.channel_room import ChannelRoom, member_out
from realtime.bus.history import history_of_channel, history_of_events
from realtime.bus.members import Member
from realtime.bus.protocol import (
    SERVERS_OWN,
    ChannelIn,
    HistoryIn,
    PresenceIn,
    PublishIn,
    Request,
    SubscribeIn,
    arguments,
)
from realtime.bus.room import Room

if TYPE_CHECKING:
    from realtime.bus.session import Session


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Answer:
    """afterwards: done when the ack is on its way."""

    data: Mapping[str, Any]
    afterwards: Callable[[], None] = _nothing


Command = Callable[["Session", Request], Awaitable[Answer | None]]


async def carry_out(session: Session, request: Request) -> Answer | None:
    """Do what is asked. None: it is answered later. Raises DomainError: it was refused."""
    return await _COMMANDS.get(request.cmd, _forward)(session, request)


async def _ping(session: Session, request: Request) -> Answer:
    return Answer({"status": "pong"})


async def _subscribe(session: Session, request: Request) -> Answer:
    wanted = arguments(request, SubscribeIn)
    name = check_name(wanted.channel)
    if name not in session.rooms and len(session.rooms) >= session.hub.ports.limits.channels_per_socket:
        most = session.hub.ports.limits.channels_per_socket
        raise QuotaExceeded(f"A socket may listen to {most} channels.", limit=most)
    if is_servers(name):
        room, member = await _enter_events(session, name)
    else:
        room, member = await _enter_channel(session, name, wanted)
    try:
        told = await room.enter(member, wanted.after.to_place() if wanted.after else None)
    except BaseException:
        session.leave(name)
        raise
    return Answer({"channel": name, **told, **_present(room, wanted.presence)}, partial(room.begin, member))


async def _enter_events(session: Session, name: str) -> tuple[Room, Member]:
    audience = audience_of(session.actor, name)
    room = session.rooms.get(name) or await session.hub.events.enter(name)
    session.rooms[name] = room
    member = room.members.find(session.connection_id) or _member(session)
    member.audience = audience
    room.members.add(member)
    return room, member


async def _enter_channel(session: Session, name: str, wanted: SubscribeIn) -> tuple[Room, Member]:
    key, policy = await _allowed(session, name, ChannelRight.SUBSCRIBE)
    if wanted.presence:
        require_use(session.actor, key.tenant_id, policy, ChannelRight.PRESENCE)
    _refuse_long(session, wanted.state)
    who = {"userId": str(session.actor.user_id), "name": await session.name(), "state": wanted.state}
    room = session.rooms.get(name)
    if not isinstance(room, ChannelRoom):
        room = await session.hub.enter_channel(key)
        session.rooms[name] = room
        room.members.add(_member(session))
    member = room.members.find(session.connection_id)
    if member is None or not may_use(session.actor, key.tenant_id, room.policy, ChannelRight.SUBSCRIBE):
        session.leave(name)
        raise Forbidden("This channel does not let you listen.", right=ChannelRight.SUBSCRIBE.value)
    member.wants_presence = wanted.presence
    if room.roster is not None:
        room.roster.join(session.connection_id, who)
    return room, member


async def _unsubscribe(session: Session, request: Request) -> Answer:
    name = check_name(arguments(request, ChannelIn).channel)
    session.leave(name)
    return Answer({"channel": name})


async def _publish(session: Session, request: Request) -> None:
    wanted = arguments(request, PublishIn)
    if is_servers(wanted.channel):
        raise Forbidden("There the server alone speaks.", right=ChannelRight.PUBLISH.value)
    key, policy = await _allowed(session, wanted.channel, ChannelRight.PUBLISH)
    _refuse_unreadable(session, wanted.data)
    publishing = session.hub.publishing
    published = await publishing.publish(key, policy, wanted.data, await session.name())
    await session.answer_later(request.id, published)


async def _presence(session: Session, request: Request) -> Answer:
    wanted = arguments(request, PresenceIn)
    room = session.rooms.get(check_name(wanted.channel))
    if not isinstance(room, ChannelRoom):
        raise Conflict("Subscribe to the channel first.", field="channel")
    if room.roster is None:
        raise Unsupported("Nobody sees who is in this channel.")
    if wanted.state is not msgspec.UNSET:
        _refuse_long(session, wanted.state)
        who = {"userId": str(session.actor.user_id), "name": await session.name(), "state": wanted.state}
        room.roster.update(session.connection_id, who)
        return Answer({"channel": room.name})
    require_use(session.actor, room.key.tenant_id, room.policy, ChannelRight.PRESENCE)
    return Answer({"channel": room.name, **_present(room, True)})


async def _history(session: Session, request: Request) -> Answer:
    wanted = arguments(request, HistoryIn)
    name = check_name(wanted.channel)
    if is_servers(name):
        audience = audience_of(session.actor, name)
        return Answer(await history_of_events(name, await session.hub.events.epoch(), audience, wanted))
    key, policy = await _allowed(session, name, ChannelRight.HISTORY)
    if not policy.has_history:
        raise Unsupported("This channel remembers nothing.")
    return Answer(await history_of_channel(session.hub.ports, key, policy, wanted))


async def _forward(session: Session, request: Request) -> Answer:
    """What the server does not know is for the same person's other connections, where the credential may publish."""
    actor = session.actor
    may_speak = not actor.read_only and (actor.scopes is None or "channels:write" in actor.scopes)
    if request.cmd in SERVERS_OWN or session.tenant_id is None or actor.file_scope is not None or not may_speak:
        return Answer({})
    _refuse_unreadable(session, request.data)
    said = Push(session.tenant_id, request.cmd, request.data, actor.user_id, session.connection_id)
    return Answer({}, partial(session.push_soon, said))


async def _allowed(session: Session, name: str, right: ChannelRight) -> tuple[ChannelKey, ChannelPolicy]:
    """The channel and its policy. InvalidInput: not a name, or no tenant. Forbidden, NotFound: not for this actor."""
    if session.tenant_id is None:
        raise InvalidInput("There is no tenant whose channels could be meant.", field="channel")
    key = ChannelKey(session.tenant_id, check_name(name))
    policy = await session.hub.policies.of(key)
    require_use(session.actor, key.tenant_id, policy, right)
    return key, policy


def _member(session: Session) -> Member:
    return Member(session.connection, session.connection_id, session.actor)


def _present(room: Room, is_wanted: bool) -> dict[str, Any]:
    if not is_wanted or not isinstance(room, ChannelRoom) or room.roster is None:
        return {}
    return {"present": [member_out(*one) for one in room.roster.members().items()]}


def _refuse_long(session: Session, state: Any) -> None:
    most = session.hub.ports.limits.channel_presence_bytes
    if len(msgspec.json.encode(state)) > most:
        raise TooLarge(f"A state may have {most} bytes.", limit=most)


def _refuse_unreadable(session: Session, data: msgspec.Raw) -> None:
    """Nothing goes out that another decoder would stumble over."""
    most = session.hub.ports.limits.channel_message_bytes
    if len(bytes(data)) > most:
        raise TooLarge(f"A message may have {most} bytes.", limit=most)
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidInput("The data cannot be read.", field="data") from None


_COMMANDS: Mapping[str, Command] = {
    "ping": _ping,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "publish": _publish,
    "presence": _presence,
    "history": _history,
}
