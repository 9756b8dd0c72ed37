# BASE: any Debian 12 root with Python 3.11 or newer; the default is the official image.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
RUN python3 -m venv /opt/gatehouse
WORKDIR /src
COPY requirements.lock ./
RUN /opt/gatehouse/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY domain domain
COPY drivers drivers
COPY gateway gateway
COPY realtime realtime
COPY rest_compat rest_compat
# pip and setuptools have done their work: nothing installs at run time.
RUN /opt/gatehouse/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps . \
 && /opt/gatehouse/bin/pip uninstall --yes --quiet setuptools pip

FROM ${BASE} AS run
# tini reaps the children of the process driver, which outlive their parents by design.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
 && useradd --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin gatehouse \
 && install -d -o gatehouse -g gatehouse -m 0700 /data
COPY --from=build /opt/gatehouse /opt/gatehouse
ENV PATH=/opt/gatehouse/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GATEHOUSE_HOST=0.0.0.0 \
    GATEHOUSE_PORT=8080 \
    GATEHOUSE_DATA_DIR=/data \
    GATEHOUSE_LOG_FORMAT=json
USER gatehouse
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-c", "import os, ssl, urllib.request as r; s = 'https' if os.environ.get('GATEHOUSE_TLS_CERTIFICATES') else 'http'; r.urlopen(f'{s}://127.0.0.1:{os.environ[\"GATEHOUSE_PORT\"]}/healthz', timeout=4, context=ssl._create_unverified_context())"]
ENTRYPOINT ["tini", "--", "gatehouse"]
CMD ["serve"]
