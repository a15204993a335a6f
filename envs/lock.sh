#!/bin/sh
# Pin every dependency with its hashes, for each purpose, from pyproject.toml. No index is recorded.
set -eu
lock() {
  output=$1
  shift
  uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
    --constraints envs/constraints.txt --custom-compile-command "make lock" "$@" --output-file "$output"
}
lock envs/requirements.txt --all-extras pyproject.toml
lock envs/training.txt --extra training pyproject.toml
lock envs/figures.txt --extra figures pyproject.toml
echo uv | lock envs/bootstrap.txt -
lock envs/docs.txt --group docs
lock envs/cloud.txt --group cloud --constraints envs/requirements.txt
