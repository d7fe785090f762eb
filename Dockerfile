# The application's image: api, worker and migrations run from it. It holds no settings; they come from the environment.

FROM python:3.13-slim AS python

FROM python AS packages
WORKDIR /build
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: --requirement requirements.lock

FROM python
LABEL org.opencontainers.image.title=contacts \
      org.opencontainers.image.version=1.0.0 \
      org.opencontainers.image.licenses=MIT
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FLASK_APP=wsgi \
    BIND=0.0.0.0:8000

# What the application keeps in files is the only thing that its user may write.
RUN groupadd --gid 10001 contacts \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin contacts \
 && install --directory --owner=contacts --group=contacts --mode=0700 /app/instance
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
RUN python -m compileall -q project migrations wsgi.py

USER 10001:10001
VOLUME /app/instance
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as To; to = To('127.0.0.1', 8000, timeout=4); to.request('GET', '/healthz'); raise SystemExit(to.getresponse().status != 200)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "wsgi:app"]
