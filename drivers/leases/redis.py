"""Leases between replicas on one Redis; time is Redis's."""

from __future__ import annotations

from typing import Any, cast

from domain.ports.leases import Lease
from drivers.redis_link import connect, unavailable_without_redis

# KEYS: the lease, its last fence. ARGV: holder, time to live in ms.
# A fence is Redis's clock in µs, pushed on where the clock has not moved: so it grows even after Redis lost its data.
_ACQUIRE_SCRIPT = """
local held = redis.call('HMGET', KEYS[1], 'holder', 'fence')
if held[1] and held[1] ~= ARGV[1] then return false end
local fence = held[2]
if not held[1] then
  local time = redis.call('TIME')
  local last = tonumber(redis.call('GET', KEYS[2]) or '0')
  fence = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
  redis.call('SET', KEYS[2], fence)
  redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'fence', fence)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return fence
"""
# KEYS: the lease. ARGV: fence, time to live in ms; 0 gives it back.
_PROLONG_SCRIPT = """
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""


class RedisLeases:
    """All replicas must agree on the prefix."""

    def __init__(self, url: str, *, prefix: str = "gatehouse:") -> None:
        self._client = connect(url)
        self._prefix = prefix

    async def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        keys = (self._key(name), f"{self._key(name)}:fence")
        fence = await self._run(_ACQUIRE_SCRIPT, keys, holder, _milliseconds(ttl_s))
        return None if fence is None else Lease(name, holder, int(fence))

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        return bool(await self._run(_PROLONG_SCRIPT, (self._key(lease.name),), lease.fence, _milliseconds(ttl_s)))

    async def release(self, lease: Lease) -> None:
        await self._run(_PROLONG_SCRIPT, (self._key(lease.name),), lease.fence, 0)

    async def held(self) -> list[Lease]:
        found = []
        with unavailable_without_redis("The lease store"):
            async for key in self._client.scan_iter(match=f"{self._prefix}lease:{{*}}"):
                holder, fence = await cast("Any", self._client.hmget(key, ["holder", "fence"]))
                if holder is not None:
                    found.append(Lease(_name_in(_text(key)), _text(holder), int(fence)))
        return sorted(found, key=lambda lease: lease.name)

    async def _run(self, script: str, keys: tuple[str, ...], *values: str | int) -> Any:
        with unavailable_without_redis("The lease store"):
            return await cast("Any", self._client.eval(script, len(keys), *keys, *values))

    async def close(self) -> None:
        await self._client.aclose()

    def _key(self, name: str) -> str:
        return f"{self._prefix}lease:{{{name}}}"


def _name_in(key: str) -> str:
    return key.partition("{")[2].removesuffix("}")


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _milliseconds(ttl_s: float) -> int:
    return max(1, round(ttl_s * 1000))
