"""Headers on every reply: nothing is cached or guessed at; CORS for the origins allowed; HSTS where TLS is spoken."""

from __future__ import annotations

from starlette.requests import Request

from rest_compat._kit import House

ALWAYS = {
    "Cache-Control": "no-store, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
HSTS = "max-age=31536000"
ANY_ORIGIN = "*"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Range, X-QR-Secret, X-Request-ID"
EXPOSED = (
    "Accept-Ranges, Content-Range, ETag, Retry-After, X-Cloudillo-Variant, X-Cloudillo-Variants, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID"
)
PREFLIGHT_AGE_S = 600


def headers_for(request: Request, house: House) -> dict[str, str]:
    """The origin is echoed, since clients send credentials, with which * is refused."""
    headers = {"Strict-Transport-Security": HSTS} if request.url.scheme == "https" else {}
    origin = request.headers.get("origin")
    if origin is None:
        return headers
    headers["Vary"] = "Origin"
    allowed = house.settings.cors_origins
    if ANY_ORIGIN not in allowed and origin not in allowed:
        return headers
    headers |= {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED,
    }
    return headers | _preflight(request) if request.method == "OPTIONS" else headers


def _preflight(request: Request) -> dict[str, str]:
    asked = request.headers.get("access-control-request-headers", "")
    return {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": asked if asked.isprintable() and asked else ALLOWED,
        "Access-Control-Max-Age": str(PREFLIGHT_AGE_S),
    }
