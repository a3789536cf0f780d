# Two stages: the first installs from the lock, the second holds only what runs.
# It runs as a user without rights, from a file system that may be read-only: only /srv/bawaba/var is written.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/bawaba
WORKDIR /build
COPY requirements.lock ./
RUN /opt/bawaba/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
RUN /opt/bawaba/bin/pip install --no-deps --no-build-isolation . \
    && /opt/bawaba/bin/pip uninstall --yes hatchling pip setuptools

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="Bawaba" \
      org.opencontainers.image.description="One front door to the public services of the six Gulf states" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 bawaba \
    && useradd --system --uid 10001 --gid bawaba --no-create-home --home-dir /srv/bawaba --shell /usr/sbin/nologin bawaba \
    && install --directory --owner bawaba --group bawaba --mode 0700 /srv/bawaba/var
COPY --from=build /opt/bawaba /opt/bawaba
WORKDIR /srv/bawaba
COPY adapters adapters
COPY config config
ENV PATH=/opt/bawaba/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /srv/bawaba/var
# Public, operators', callbacks.
EXPOSE 8080 9090 9180
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
    ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9090/healthz', timeout=2).read()"]
ENTRYPOINT ["bawaba"]
CMD ["serve"]
