"""Counters shared by every replica on one Redis; time is Redis's."""

from __future__ import annotations

from typing import Any, cast

from domain.limits import Rate
from domain.ports.counters import Verdict
from drivers.counters.window import BUCKETS, UNLIMITED, Window
from drivers.redis_link import connect, unavailable_without_redis

# KEYS: the counter. ARGV: bucket width in µs, buckets, limit, cost, "1" to count, expiry in ms.
# The hash holds "width:bucket" → hits, so that rates of different length on one key do not mix.
# Returns [now in µs, allowed, bucket, hits, bucket, hits …].
_HIT_SCRIPT = """
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local bucket = math.floor(now_us / ARGV[1])
local prefix, total, hits = ARGV[1] .. ':', 0, {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, #prefix) == prefix then
    local at = tonumber(string.sub(fields[i], #prefix + 1))
    if at < bucket - ARGV[2] then
      if ARGV[5] == '1' then redis.call('HDEL', KEYS[1], fields[i]) end
    else
      hits[at] = tonumber(fields[i + 1])
      total = total + hits[at]
    end
  end
end
local allowed = total + ARGV[4] <= tonumber(ARGV[3])
if allowed and ARGV[5] == '1' then
  redis.call('HINCRBY', KEYS[1], prefix .. string.format('%.0f', bucket), ARGV[4])
  hits[bucket] = (hits[bucket] or 0) + ARGV[4]
  redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[6])))
end
local answer = {string.format('%.0f', now_us), allowed and 1 or 0}
for at, count in pairs(hits) do
  answer[#answer + 1] = string.format('%.0f', at)
  answer[#answer + 1] = count
end
return answer
"""


class RedisCounters:
    """All replicas must agree on the prefix."""

    def __init__(self, url: str, *, prefix: str = "gatehouse:") -> None:
        self._client = connect(url)
        self._prefix = prefix

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> Verdict:
        if cost < 1:
            raise ValueError("cost must be at least 1")
        return await self._judge(key, rate, cost, count=True)

    async def peek(self, key: str, rate: Rate) -> Verdict:
        return await self._judge(key, rate, 1, count=False)

    async def _judge(self, key: str, rate: Rate, cost: int, *, count: bool) -> Verdict:
        if rate.count == 0:
            return UNLIMITED
        window = Window.of(rate)
        values = (window.bucket_us, BUCKETS, window.limit, cost, int(count), -(-window.span_us // 1000))
        with unavailable_without_redis("The rate counter"):
            answer = await cast("Any", self._client.eval(_HIT_SCRIPT, 1, self._key(key), *values))
        now_us, allowed, *pairs = (int(number) for number in answer)
        hits = dict(zip(pairs[::2], pairs[1::2], strict=True))
        return window.verdict(hits, now_us, allowed=bool(allowed), wanted=1 if allowed else cost)

    async def clear(self, key: str) -> None:
        with unavailable_without_redis("The rate counter"):
            await self._client.delete(self._key(key))

    async def close(self) -> None:
        await self._client.aclose()

    def _key(self, key: str) -> str:
        return f"{self._prefix}rate:{key}"
