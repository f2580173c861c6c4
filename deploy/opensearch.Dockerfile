# OpenSearch with Lookalike's plugin, built from source. The context is the root of the repository.
ARG OPENSEARCH=3.6.0

FROM maven:3.9.11-eclipse-temurin-21 AS plugin
ARG OPENSEARCH
WORKDIR /source
COPY LICENSE NOTICE ./
COPY plugin/pom.xml plugin/
COPY plugin/src/main plugin/src/main
COPY lookalike/encoder/models/default lookalike/encoder/models/default
# Its tests are run by `make plugin`.
RUN mvn --batch-mode --no-transfer-progress --file plugin/pom.xml \
      -Dmaven.test.skip=true "-Dopensearch.version=${OPENSEARCH}" package

FROM opensearchproject/opensearch:${OPENSEARCH}
ARG OPENSEARCH
# The image's own user is `opensearch` (1000), never root.
USER 1000
RUN --mount=type=bind,from=plugin,source=/source/plugin/target,target=/mnt \
    bin/opensearch-plugin install --batch "file:///mnt/opensearch-lookalike-${OPENSEARCH}.zip"
