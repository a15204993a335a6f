#!/bin/sh
# The steps of an image, for Dockerfile and apptainer.def alike. What is installed is said elsewhere:
# TeX packages in envs/install_tex.sh, Python packages with their hashes in envs/*.txt.
set -eu
case $1 in
system)
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    ca-certificates make procps python3 python3-venv
  sh envs/install_tex.sh
  rm -rf /var/lib/apt/lists/*
  ;;
packages)
  mkdir -p src # the package is installed as it lies there; it comes last, and changes most often
  make .venv/installed
  .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r envs/cloud.txt
  rm -rf "$HOME/.cache"
  ;;
*)
  echo "usage: image.sh system|packages" >&2
  exit 2
  ;;
esac
