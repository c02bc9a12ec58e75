# One image for worker, controller, Flower and `videobatch`. docker-compose.yml runs it.
#
# Python 3.11: the tests run on it, and every package of requirements.lock has a wheel for it
# (pocketsphinx has none for 3.12), so that no stage needs a compiler.
FROM python:3.11-slim AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH

WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary=:all: -r requirements.lock

COPY pyproject.toml ./
COPY config ./config
COPY videobatch ./videobatch
COPY celery_app ./celery_app
COPY tasks ./tasks
COPY controllers ./controllers
COPY cli ./cli
# Editable, so that the image holds each module once. Whoever runs it cannot write here, hence
# the bytecode now; and a checkout that only its owner can read must be readable in the image.
RUN pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q --invalidation-mode unchecked-hash . \
    && chmod -R a+rX .


FROM python:3.11-slim

RUN useradd --uid 1000 --no-create-home --shell /usr/sbin/nologin videobatch
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=builder /venv /venv
COPY --from=builder /app /app

USER 1000:1000
STOPSIGNAL SIGTERM
CMD ["videobatch", "--help"]
