from __future__ import annotations

import re

import pytest
import requests
from docker.errors import APIError, DockerException

from domain.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable, Unsupported
from drivers.runtime.docker.errors import EngineFault, domain_errors, from_text, translate

SAID: list[tuple[int, str, type[DomainError], str]] = [
    (500, "driver failed programming external connectivity on endpoint x (0f): Bind for 0.0.0.0:8080 failed: port is"
          " already allocated", Conflict, "Port 8080 is already in use on this node."),
    (500, "Error starting userland proxy: listen tcp4 127.0.0.1:8081: bind: address already in use", Conflict,
     "Port 8081 is already in use on this node."),
    (500, "Error starting userland proxy: listen udp6 [::]:53: bind: address already in use", Conflict,
     "Port 53 is already in use on this node."),
    (500, "failed to bind host port for 0.0.0.0:18080:172.17.0.2:80/tcp: address already in use", Conflict,
     "Port 18080 is already in use on this node."),
    (500, "failed to set up container networking: driver failed programming external connectivity: failed to bind host"
          " port 0.0.0.0:8080/tcp: address already in use", Conflict, "Port 8080 is already in use on this node."),
    (500, "something: address already in use", Conflict, "A port of the instance is already in use on this node."),
    (500, "mkdir /var/lib/docker/overlay2/x: no space left on device", Unavailable,
     "There is no disk space left on this node."),
    (500, "listen tcp4 192.0.2.1:80: bind: cannot assign requested address", InvalidInput,
     "The address that ports are published on is not one of this node's."),
    (400, "Minimum memory limit allowed is 6MB", InvalidInput,
     "The memory limit is lower than this node's engine allows."),
    (500, "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"nope\":"
          " executable file not found in $PATH: unknown", InvalidInput, "The command does not exist in the image."),
    (500, "write /sys/fs/cgroup/memory/docker/0f/memory.limit_in_bytes: device or resource busy", Conflict,
     "The instance uses more memory than the new limit."),
    (409, "Container 0f is not running", Conflict, "The instance is not running."),
    (409, "Container 0f is paused, unpause the container before exec", Conflict, "The instance is paused."),
    (409, 'Conflict. The container name "/x" is already in use by container "0f"', Conflict,
     "The engine already has another container for this instance."),
    (409, "removal of container 0f is already in progress", Conflict, "The instance is being removed."),
    (404, "No such container: x", NotFound, "The instance is not on this node."),
    (404, "No such image: x:1", NotFound, "There is no such image, or this node may not pull it."),
    (404, "pull access denied for x, repository does not exist", NotFound,
     "There is no such image, or this node may not pull it."),
    (0, "manifest for x:2 not found: manifest unknown", NotFound,
     "There is no such image, or this node may not pull it."),
    (404, "Could not find the file /absent in container 0f", NotFound, "There is no such path in the instance."),
    (0, "no matching manifest for linux/arm64/v8 in the manifest list entries", Unsupported,
     "The image was not made for this node's kind of processor."),
    (500, 'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host', Unavailable,
     "The image registry cannot be reached from this node."),
    (500, "toomanyrequests: You have reached your pull rate limit.", Unavailable,
     "The image registry asks this node to pull less often."),
    (400, "invalid reference format: repository name must be lowercase", InvalidInput,
     "That is not the name of an image."),
    (400, "client version 1.45 is too new. Maximum supported API version is 1.41", Unavailable,
     "The Docker Engine of this node was exchanged; try again."),
    (500, "Error processing tar file(exit status 1): unexpected EOF", InvalidInput, "The archive cannot be read."),
    (500, "Error processing tar file(exit status 1): lchown /data/x: no such file or directory", Conflict,
     "The instance moved a file while the archive was being unpacked."),
    (409, "remove x: volume is in use - [0f]", Conflict, "The instance's data is still in use."),
    (400, "something new in /var/lib/docker", InvalidInput, "The Docker Engine does not accept the request."),
    (403, "", Unavailable, "The Docker Engine of this node does not let Gatehouse in."),
    (500, "something new in /var/lib/docker", Unavailable, "The Docker Engine could not carry that out."),
]  # fmt: skip


@pytest.mark.parametrize(("status", "text", "kind", "message"), SAID)
def test_what_the_engine_says_in_plain_words(status: int, text: str, kind: type[DomainError], message: str) -> None:
    response = requests.Response()
    response.status_code = status
    for fault in (EngineFault(status, text), APIError("http", response=response, explanation=text)):
        error = translate(fault)
        assert (type(error), error.message) == (kind, message)


@pytest.mark.parametrize(("status", "text", "kind", "message"), SAID)
def test_no_message_shows_a_path_or_an_id(status: int, text: str, kind: type[DomainError], message: str) -> None:
    assert not re.search(r"/\w+/|\b0f\b|http", message)


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionRefusedError(111, "Connection refused"),
        FileNotFoundError(2, "No such file or directory"),
        requests.exceptions.ConnectionError("aborted"),
        requests.exceptions.ReadTimeout("late"),
        DockerException("Error while fetching server API version"),
        EOFError("cut off"),
        TimeoutError(),
    ],
)
def test_an_engine_that_is_not_there_is_unavailable(fault: Exception) -> None:
    with (
        pytest.raises(Unavailable, match=r"^The Docker Engine of this node does not answer\.$") as caught,
        domain_errors(),
    ):
        raise fault
    assert caught.value.__cause__ is fault


def test_a_socket_that_is_not_for_us_is_told_apart() -> None:
    assert "permission denied" in translate(PermissionError(13, "Permission denied")).message


def test_the_port_is_a_detail() -> None:
    assert from_text("Bind for 127.0.0.1:8080 failed: port is already allocated").details == {"port": 8080}


def test_errors_of_the_domain_pass() -> None:
    with pytest.raises(Conflict, match="as it was"), domain_errors():
        raise Conflict("as it was")
