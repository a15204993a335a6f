# Everything that a study needs, for processors and GPUs; docs/how-to/containers.md says how to use it.
# The image holds environment and code. What is built lies in a clone that is mounted: nothing in the
# image has to be written, whoever runs it needs no rights, and no job needs a network.
ARG BASE=docker.io/library/debian:bookworm-slim
FROM ${BASE}
# The certificates of a network that has its own: a file in the image, or mounted while it is built.
ARG SSL_CERT_FILE
WORKDIR /opt/smartiqa
COPY envs envs
RUN sh envs/image.sh system
COPY Makefile pyproject.toml README.md LICENSE ./
RUN sh envs/image.sh packages
COPY . .
# Whoever runs a container may have neither name nor home: Snakemake asks for the one, caches take /tmp.
ENV PATH=/opt/smartiqa/.venv/bin:/usr/local/bin:/usr/bin:/bin
ENV HOME=/tmp
ENV USER=smartiqa
ENV PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
WORKDIR /study
CMD ["smartiqa", "--help"]
