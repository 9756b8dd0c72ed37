"""What authenticators are asked and what they answer (WebAuthn). Loaded only when somebody uses a passkey."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from domain.accounts.passkeys import RelyingParty

Json = dict[str, Any]
WRONG = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


class DoesNotFit(Exception):
    """The answer is not one to what was asked."""


def registration_options(
    party: RelyingParty, user_id: UUID, name: str, challenge: bytes, known: Sequence[str], timeout_s: int
) -> Json:
    """For navigator.credentials.create. known: ids of authenticators that need not be registered again."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_id.bytes,
        user_name=name,
        user_display_name=name,
        challenge=challenge,
        timeout=timeout_s * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(webauthn.base64url_to_bytes(one)) for one in known],
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def sign_in_options(party: RelyingParty, challenge: bytes, timeout_s: int) -> Json:
    """For navigator.credentials.get: any authenticator that knows this party."""
    options = webauthn.generate_authentication_options(rp_id=party.id, challenge=challenge, timeout=timeout_s * 1000)
    return dict(json.loads(webauthn.options_to_json(options)))


def read_registration(party: RelyingParty, response: Json, challenge: bytes) -> VerifiedRegistration:
    """The key that was made. DoesNotFit."""
    try:
        return webauthn.verify_registration_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
        )
    except WRONG as exc:
        raise DoesNotFit from exc


def read_signature(
    party: RelyingParty, response: Json, challenge: bytes, public_key: bytes, sign_count: int
) -> VerifiedAuthentication:
    """What was signed, by whom we know. sign_count: the last one seen. DoesNotFit."""
    try:
        return webauthn.verify_authentication_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except WRONG as exc:
        raise DoesNotFit from exc
