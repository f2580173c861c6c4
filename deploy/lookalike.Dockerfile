# The command `lookalike`: worker, web page and preparation. The context is the root of the repository.
ARG PYTHON=3.11.13

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /source
COPY LICENSE NOTICE README.md constraints.txt pyproject.toml ./
COPY lookalike lookalike
RUN python -m venv /opt/lookalike \
 && /opt/lookalike/bin/pip install --no-cache-dir --constraint constraints.txt \
      '.[deploy,parquet,s3,slides,verify,web]'

FROM python:${PYTHON}-slim-bookworm
# The number is that of OpenSearch's user, so that both can read the keys that prepare.py makes.
RUN useradd --uid 1000 --create-home --shell /usr/sbin/nologin lookalike \
 && install --directory --owner 1000 --group 1000 /state
COPY --from=build /opt/lookalike /opt/lookalike
COPY deploy/prepare.py /opt/lookalike/prepare.py
ENV PATH=/opt/lookalike/bin:$PATH PYTHONUNBUFFERED=1 XDG_STATE_HOME=/state
USER 1000
WORKDIR /home/lookalike
ENTRYPOINT ["lookalike"]
CMD ["--help"]
