"""Sign in by another device that is signed in already."""

from __future__ import annotations

from domain.accounts.credentials import refused
from domain.accounts.qr_sign_in import answer_qr_sign_in, offer_qr_sign_in, qr_details, qr_outcome
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.callers import device_of
from rest_compat.cloudillo.schemas.auth import (
    QrAnswerIn,
    QrDetailsOut,
    QrOfferOut,
    QrStatusIn,
    QrStatusOut,
    StatusOut,
)

TAG = "Authentication"
SECRET = "x-qr-secret"
LONGEST_WAIT_S = 30.0


async def init(call: Call[None]) -> QrOfferOut:
    """POST /api/auth/qr-login/init: begin to wait for another device."""
    return QrOfferOut.of(await offer_qr_sign_in(call.ports, call.tenant, device_of(call)))


async def status(call: Call[None]) -> QrStatusOut:
    """GET /api/auth/qr-login/{id}/status: how it went, as soon as that is known; pending when the time is over.

    The header X-QR-Secret says that one is the waiting device. An end is told once.
    """
    secret = call.request.headers.get(SECRET)
    if not secret:
        raise refused("missing")
    wait_s = min(call.query.timeout, LONGEST_WAIT_S)
    outcome = await qr_outcome(call.ports, call.tenant, call.path["id"], secret, device_of(call), wait_s)
    return QrStatusOut.of(outcome)


async def details(call: Call[None]) -> QrDetailsOut:
    """GET /api/auth/qr-login/{id}/details: which device waits, for whom to decide."""
    return QrDetailsOut.of(await qr_details(call.actor, call.tenant, call.path["id"]))


async def respond(call: Call[QrAnswerIn]) -> StatusOut:
    """POST /api/auth/qr-login/{id}/respond: let the waiting device in, or not."""
    approved = call.body.approved
    state = await answer_qr_sign_in(call.ports, call.actor, call.tenant, call.path["id"], approved=approved)
    return StatusOut(status=state.value)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/api/auth/qr-login/init",
        handler=init,
        success=say.data(QrOfferOut, "It waits", 201),
        public=True,
        secret=True,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/auth/qr-login/{id}/status",
        handler=status,
        query=QrStatusIn,
        success=say.data(QrStatusOut, "How it went"),
        public=True,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/auth/qr-login/{id}/details",
        handler=details,
        success=say.data(QrDetailsOut, "Which device waits"),
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/auth/qr-login/{id}/respond",
        handler=respond,
        body=QrAnswerIn,
        success=say.data(StatusOut, "What was answered"),
        tag=TAG,
    ),
)
