"""Everything about sockets that an operator may turn."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from domain.limits import Rate


class SocketSettings(BaseModel):
    """They hold for every channel, and for GraphQL's sockets. A number of 0 connections means no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_user: int = Field(default=200, ge=0, description="Sockets one user may have open at one replica.")
    per_address: int = Field(default=1_000, ge=0, description="Sockets one address may have open at one replica.")
    message_rate: Rate = Field(
        default=Rate(10_000, 1.0),
        description="Messages one socket may send, where its channel has no own rate; more are read later.",
    )
    compression: bool = Field(
        default=False, description="Whether clients may have messages compressed; costs much memory and processor."
    )
    stall_s: float = Field(default=8.0, gt=0, description="Seconds after which a peer that reads nothing is dropped.")
    close_s: float = Field(default=1.5, gt=0, description="Seconds a close may wait for what is still to be sent.")
    tcp_user_timeout_s: float = Field(
        default=10.0, gt=0, description="Seconds the kernel waits for a peer to take what was sent."
    )
    send_buffer_bytes: int = Field(
        default=128 * 1024, ge=4096, description="What the kernel may hold for one slow peer."
    )
