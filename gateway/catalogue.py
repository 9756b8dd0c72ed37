"""The images that a fresh installation offers."""

from __future__ import annotations

from domain.images.create_image import ImageSpec

STATIC_SITE = ImageSpec(
    name="gatehouse/static-site",
    ref="gatehouse/static-site",
    description="A small web site out of the instance's own data folder, on its primary port.",
    author_name="Gatehouse",
    drivers=("process", "memory"),
    process_runnable=True,
    command=("{python}", "{images}/static_site.py"),
)
HTTP_ECHO = ImageSpec(
    name="gatehouse/http-echo",
    ref="gatehouse/http-echo",
    description="Answers every request with what it was sent and its environment.",
    author_name="Gatehouse",
    drivers=("process", "memory"),
    process_runnable=True,
    command=("{python}", "{images}/http_echo.py"),
)
NGINX = ImageSpec(
    name="nginx", ref="nginx:alpine", description="The nginx web server with its welcome page.", primary_port=80
)
HTTPD = ImageSpec(name="httpd", ref="httpd:alpine", description="The Apache web server.", primary_port=80)
REDIS = ImageSpec(
    name="redis",
    ref="redis:alpine",
    description="Redis, a store in memory. Its data is kept in /data.",
    primary_port=6379,
)
POSTGRES = ImageSpec(
    name="postgres",
    ref="postgres:16-alpine",
    description="PostgreSQL. Set POSTGRES_PASSWORD.",
    primary_port=5432,
    env={"PGDATA": "/data/pgdata"},
    variables={"POSTGRES_PASSWORD": {"required": True}},
)
ALPINE = ImageSpec(
    name="alpine",
    ref="alpine:3.20",
    description="A small Linux that waits; look around in its console.",
    command=("sleep", "infinity"),
)

STARTERS: dict[str, tuple[ImageSpec, ...]] = {
    "process": (STATIC_SITE, HTTP_ECHO),
    "memory": (STATIC_SITE, HTTP_ECHO),
    "docker": (NGINX, HTTPD, REDIS, POSTGRES, ALPINE),
}
"""By the driver of the node: what it can run without further ado. The first one is what the printed example deploys."""
