# One image for worker, controller, Flower and `videobatch`. docker-compose.yml runs it.
#
# Python 3.11: the tests run on it, and every package of requirements-ocr.lock has a wheel for it
# (pocketsphinx has none for 3.12), so that no stage needs a compiler.
FROM python:3.11-slim AS builder

WORKDIR /app
COPY requirements-ocr.lock ./
COPY scripts/image.sh ./scripts/
RUN sh scripts/image.sh dependencies /venv

COPY pyproject.toml ./
COPY config ./config
COPY videobatch ./videobatch
COPY celery_app ./celery_app
COPY tasks ./tasks
COPY controllers ./controllers
COPY cli ./cli
RUN sh scripts/image.sh project /venv

# The model that hears: `--build-arg VIDEOBATCH_SETUP_MODEL=small` takes another one, `none` none.
ARG VIDEOBATCH_SETUP_MODEL=base
RUN sh scripts/image.sh model /venv


FROM python:3.11-slim

RUN useradd --uid 1000 --no-create-home --shell /usr/sbin/nologin videobatch
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=builder /venv /venv
COPY --from=builder /app /app

USER 1000:1000
# The worker gives its videos back and ends; compose waits stop_grace_period for it.
STOPSIGNAL SIGTERM
# Of whoever renews the file (VIDEOBATCH_HEALTH_FILE): a worker that consumes, a controller that does
# its rounds.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "test -z \"$VIDEOBATCH_HEALTH_FILE\" || test -n \"$(find \"$VIDEOBATCH_HEALTH_FILE\" -newermt '-15 seconds')\""]
CMD ["videobatch", "--help"]
