# pipelinectl as a KRM function: a container that is one has no arguments. GoReleaser lays the binaries out by platform.
FROM scratch
ARG TARGETPLATFORM
COPY ${TARGETPLATFORM}/pipelinectl /pipelinectl
USER 65532:65532
ENTRYPOINT ["/pipelinectl", "fn"]
