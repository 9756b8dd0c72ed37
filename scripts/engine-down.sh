#!/usr/bin/env bash
# engine-down.sh [STATE_DIR]: stop the engine that engine-up.sh started there, with all it holds. Touches no other.
set -u
state=${1:-${TMPDIR:-/tmp}/gatehouse-engine}
[ -f "$state/docker.pid" ] || exit 0
pid=$(cat "$state/docker.pid")
tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "--data-root $state/data" || pid= # recycled by another program
if [ -n "$pid" ]; then
  if command -v docker >/dev/null; then
    export DOCKER_HOST=unix://$state/docker.sock
    docker ps -aq | xargs -r docker rm -f -v >/dev/null 2>&1
    docker network prune -f >/dev/null 2>&1
  fi
  kill "$pid" 2>/dev/null
  for _ in $(seq 1 150); do [ -e "/proc/$pid" ] || break; sleep 0.1; done
  [ -e "/proc/$pid" ] && { echo "dockerd ($pid) does not end" >&2; exit 1; }
fi
grep -o " $state/[^ ]*" /proc/mounts | sort -r | xargs -r umount 2>/dev/null
command -v ip >/dev/null && ip link del docker0 2>/dev/null
rm -rf --one-file-system "$state"
