#!/usr/bin/env bash
# engine-up.sh [STATE_DIR]: make a real Docker Engine answer on a private unix socket.
# Prints DOCKER_HOST=unix://… ; exit 0 = usable, 75 = impossible here (the reason is on stderr).
# An engine that answers already ($DOCKER_HOST, the state folder's, the system's) is used as it is.
# The flags leave the machine's firewall alone: published ports work, containers have no way out.
set -u
state=${1:-${TMPDIR:-/tmp}/gatehouse-engine}
socket=$state/docker.sock

skip() { echo "no engine: $*" >&2; exit 75; }
found() { echo "DOCKER_HOST=unix://$1"; exit 0; }
answers() {
  python3 - "$1" <<'PY' 2>/dev/null
import socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.settimeout(3); s.connect(sys.argv[1])
    s.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
    sys.exit(b" 200 " not in s.recv(64))
PY
}
alive() { [ -n "$1" ] && [ -r "/proc/$1/stat" ] && ! grep -q ') Z ' "/proc/$1/stat"; } # a zombie is not alive

case ${DOCKER_HOST:-} in unix://*) answers "${DOCKER_HOST#unix://}" && found "${DOCKER_HOST#unix://}" ;; esac
for known in "$socket" /var/run/docker.sock; do
  [ -S "$known" ] && answers "$known" && found "$known"
done

[ "$(id -u)" = 0 ] || skip "none answers, and only root can start one"
command -v dockerd >/dev/null || skip "none answers, and dockerd is not installed (scripts/provision.sh installs it)"
mkdir -p "$state"
for pid_file in "$state/docker.pid" "$state/exec/containerd/containerd.pid"; do
  [ -f "$pid_file" ] && { alive "$(cat "$pid_file")" || rm -f "$pid_file"; }
done

reaper=
command -v tini >/dev/null && reaper="tini -s --"
# shellcheck disable=SC2086
setsid $reaper dockerd -H "unix://$socket" --data-root "$state/data" --exec-root "$state/exec" \
  -p "$state/docker.pid" --bip 172.29.31.1/24 --default-address-pool base=10.231.0.0/16,size=24 --ip 127.0.0.1 \
  --iptables=false --ip-masq=false --ip-forward=false --shutdown-timeout 2 --log-level warn \
  >"$state/dockerd.log" 2>&1 </dev/null &
launcher=$!
for _ in $(seq 1 200); do
  answers "$socket" && break
  alive $launcher || break
  sleep 0.1
done
answers "$socket" || skip "dockerd did not come up: $(grep -v level=info "$state/dockerd.log" | tail -1)"

# An engine that cannot run a container is no engine: try one, from an image that needs no registry.
if command -v busybox >/dev/null && command -v docker >/dev/null; then
  root=$(mktemp -d) && mkdir "$root/bin" && cp "$(command -v busybox)" "$root/bin/busybox"
  export DOCKER_HOST=unix://$socket
  { tar -C "$root" -c . | docker import - gatehouse-smoke:1 >/dev/null &&
    docker run --rm --memory 32m --cpus 0.5 gatehouse-smoke:1 /bin/busybox true; } >"$state/smoke.log" 2>&1 ||
    { rm -rf "$root"; skip "a container does not run: $(grep -m1 . "$state/smoke.log")"; }
  docker image rm gatehouse-smoke:1 >/dev/null 2>&1
  rm -rf "$root"
fi
found "$socket"
