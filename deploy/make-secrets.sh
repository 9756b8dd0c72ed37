#!/bin/sh
# make-secrets.sh: write deploy/secrets.env with random secrets, once. The file stays on this machine.
set -eu
cd "$(dirname "$0")"
[ -s secrets.env ] && exit 0
random() { head -c 36 /dev/urandom | base64 | tr -d '/+=\n'; }
umask 077
{
  echo "GATEHOUSE_SECRET_KEY=$(random)"
  echo "POSTGRES_PASSWORD=$(random)"
  echo "DOCKER_GROUP=$(stat -c %g /var/run/docker.sock 2>/dev/null || echo 999)"
} >secrets.env
echo "made deploy/secrets.env"
