"""Clients as they are found in the wild: the calls they make, the numbers they accept, the fields they read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx2

Json = Any


class Gone(Exception):
    """The client gave up: the number was none that it knows."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(f"{response.request.method} {response.request.url.path} answered {response.status_code}")


@dataclass
class Dashboard:
    """A web dashboard (PalPod and its family). absent: numbers it takes for "there is no such user"."""

    http: httpx2.AsyncClient
    absent: tuple[int, ...] = (404,)

    async def sign_up(self, discord_id: str, name: str) -> str:
        """The userId of the person of that e-mail, who is made if need be."""
        email = f"{name}@example.org"
        found = await self.http.post("/api/getUser", json={"type": "email", "value": email})
        if found.is_success:
            return str(found.json()["userId"])
        if found.status_code not in self.absent:
            raise Gone(found)
        made = await self.http.post(
            "/api/auth/create-user",
            json={"username": name, "email": email, "password": "secret!", "userId": discord_id},
        )
        if not made.is_success and made.status_code != 409:
            raise Gone(made)
        return str(made.json()["userId"])

    async def resources(self, user_id: str) -> dict[str, float]:
        """What the person uses, summed over their instances."""
        owned = (await self.http.post("/api/getUserInstance", json={"userId": user_id})).json()
        assert isinstance(owned, list)
        return {
            "cpu": sum(row["Cpu"] * 100 for row in owned),
            "memory": sum(row["Memory"] for row in owned),
            "disk": sum(row["Disk"] for row in owned),
        }

    async def catalogue(self) -> tuple[Json, Json]:
        """An image and a node, with every field that the dashboard shows."""
        image = (await self.http.get("/api/images")).json()[0]
        for name in ("Image", "Cmd", "Env", "Scripts", "Name", "Description", "Author", "AuthorName", "Meta", "Id"):
            image[name]
        node = (await self.http.get("/api/nodes")).json()[0]
        for name in ("id", "name", "tags", "processor", "ram", "disk"):
            node[name]
        return image, node

    async def deploy(self, user_id: str, image: Json, node: Json, port: int) -> str:
        """The Id of a new server. The whole mapping is sent as primary, numbers as text."""
        response = await self.http.post(
            "/api/instances/deploy",
            json={
                "image": image["Image"],
                "imagename": image["Name"],
                "memory": "512",
                "cpu": "1",
                "disk": "10",
                "ports": f"{port}:{port}",
                "nodeId": node["id"],
                "name": "my server",
                "user": user_id,
                "primary": f"{port}:{port}",
                "variables": "{}",
            },
        )
        if not response.is_success:
            raise Gone(response)
        return str(response.json()["volumeId"])

    async def state(self, instance_id: str) -> str:
        return str((await self.http.post("/api/getInstance", json={"id": instance_id})).json()["InternalState"])

    async def delete(self, user_id: str, instance_id: str) -> str:
        """What the person is told. Only their own."""
        shown = await self.http.post("/api/getInstance", json={"id": instance_id})
        if shown.status_code in self.absent:
            return "NOTFOUND"
        assert shown.json()["User"] == user_id
        response = await self.http.request("DELETE", "/api/instance/delete", json={"id": instance_id})
        if response.status_code in self.absent:
            return "NOTFOUND"
        if not response.is_success:
            raise Gone(response)
        return "DELETED"


@dataclass
class Bot:
    """The Discord bot: it tests the documentation's numbers."""

    http: httpx2.AsyncClient

    async def register(self, name: str) -> str:
        """Free, then made: 201 means taken, 400 means free, anything else is an error."""
        email = f"{name}@example.org"
        found = await self.http.post("/api/getUser", json={"type": "email", "value": email})
        if found.status_code == 201:
            return str(found.json()["userId"])
        if found.status_code != 400:
            raise Gone(found)
        person = {"username": name, "email": email, "password": "secret!"}
        made = await self.http.post("/api/auth/create-user", json=person)
        if made.status_code != 201:
            raise Gone(made)
        return str(made.json()["userId"])

    async def create(self, user_id: str, port: int) -> str:
        """The Id of a new server: ports N:N, primary a number, variables as JSON text."""
        image = (await self.http.get("/api/images")).json()[0]
        node = (await self.http.get("/api/nodes")).json()[0]
        response = await self.http.post(
            "/api/instances/deploy",
            json={
                "image": image["Image"],
                "imagename": image["Name"],
                "memory": 512,
                "cpu": 1,
                "ports": f"{port}:{port}",
                "nodeId": node["id"],
                "name": "bot server",
                "user": user_id,
                "primary": port,
                "variables": json.dumps({"SLOTS": "20"}),
            },
        )
        if response.status_code != 201:
            raise Gone(response)
        return str(response.json()["volumeId"])


@dataclass
class Detector:
    """An abuse detector: it suspends and looks for exactly 200."""

    http: httpx2.AsyncClient

    async def suspend(self, instance_id: str) -> None:
        await self._post(f"/api/instances/suspend/{instance_id}")

    async def unsuspend(self, instance_id: str) -> None:
        await self._post(f"/api/instances/unsuspend/{instance_id}")

    async def _post(self, path: str) -> None:
        response = await self.http.post(path)
        if response.status_code != 200:
            raise Gone(response)
