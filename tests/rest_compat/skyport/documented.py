"""Every endpoint that Skyport's sources name: its API reference (seed), its release 0.3 (contract), old clients."""

from __future__ import annotations

from rest_compat._kit.coverage import Documented

SEED, CONTRACT, OLD = "API reference", "release 0.3", "older clients"

DOCUMENTED = (
    Documented("GET", "/api/users", SEED),
    Documented("POST", "/api/getUser", SEED),
    Documented("POST", "/api/auth/create-user", SEED),
    Documented("GET", "/api/instances", SEED),
    Documented("POST", "/api/instances/deploy", SEED),
    Documented("DELETE", "/api/instance/delete", SEED),
    Documented("POST", "/api/getUserInstance", SEED),
    Documented("POST", "/api/getInstance", SEED),
    Documented("POST", "/api/instances/suspend/{id}", SEED),
    Documented("POST", "/api/instances/unsuspend/{id}", SEED),
    Documented("GET", "/api/images", SEED),
    Documented("GET", "/api/nodes", SEED),
    Documented("POST", "/api/nodes/create", SEED),
    Documented("DELETE", "/api/nodes/delete", SEED),
    Documented("GET", "/api/name", CONTRACT),
    Documented("POST", "/api/auth/reset-password", CONTRACT),
    Documented("POST", "/nodes/configure", CONTRACT),
    Documented("POST", "/api/users/create", OLD),
)
