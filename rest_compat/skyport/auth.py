"""Where a Skyport key sits: the header x-api-key and nowhere else."""

from __future__ import annotations

from starlette.requests import Request

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind
from domain.accounts.authenticate import authenticate as identify
from domain.errors import Unauthenticated
from rest_compat._kit import House
from rest_compat.skyport.errors import KeyMissing
from rest_compat.skyport.names import DOOR

HEADER = "x-api-key"
SECURITY = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": HEADER,
        "description": "A key of the form skyport_…; only a platform owner can issue one.",
    }
}


async def authenticate(request: Request, house: House) -> Actor:
    """The actor of the key: an owner or admin of the platform. KeyMissing, or Unauthenticated whatever is wrong."""
    text = request.headers.get(HEADER)
    if not text:
        raise KeyMissing("No key was given.", reason="missing")
    address = request.client.host if request.client else None
    credential = Credential(CredentialKind.API_KEY, text, DOOR, address)
    actor = await identify(house.ports, credential, house.identities)
    if not actor.is_platform:
        raise Unauthenticated("The user of this key has no part in the platform any more.", reason="revoked")
    return actor
