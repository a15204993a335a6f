#!/bin/sh
# Make sure that there is a TeX that can typeset the paper; install it on Debian if we are root.
set -eu
packages="latexmk texlive-latex-extra texlive-publishers texlive-pictures texlive-fonts-recommended texlive-latex-recommended poppler-utils"
if command -v latexmk >/dev/null || command -v tectonic >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing TeX: $packages"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages >/dev/null
  exit 0
fi
echo "error: no TeX was found. Install latexmk, texlive-latex-extra, texlive-publishers, texlive-pictures and texlive-fonts-recommended with your package manager (or tectonic), then run this again; or run \`snakemake --sdm conda\`." >&2
exit 1
