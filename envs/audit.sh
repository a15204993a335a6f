#!/bin/sh
# Look for keys and passwords in tracked files, which takes no network, and for locked versions that
# were withdrawn or have known vulnerabilities, which asks the package index. What could not be asked
# is said, and is no success.
set -eu
programs=$1
failed=0

# Digests look as random as keys do: only what is called or shaped like a key is one. A line that is
# meant to look so ends with `pragma: allowlist secret`.
git ls-files -z | xargs -0 "$programs/detect-secrets-hook" --disable-plugin HexHighEntropyString \
  --disable-plugin Base64HighEntropyString || failed=1
[ $failed = 1 ] || echo "secrets: none in $(git ls-files | wc -l) tracked files"

if told=$(uv pip compile --no-deps envs/requirements.txt --output-file /dev/null 2>&1 >/dev/null); then
  echo "$told" | grep "is yanked" && failed=1 || echo "withdrawn versions: none"
else
  echo "withdrawn versions: not looked for, since the package index does not answer" >&2
  failed=1
fi

# Without --strict it finds nothing in packages that the index says nothing of, and is content.
if told=$("$programs/pip-audit" --strict --disable-pip --require-hashes -r envs/requirements.txt 2>&1); then
  echo "vulnerabilities: none known"
elif echo "$told" | grep -q "could not be audited\|ConnectionError\|Max retries"; then
  echo "vulnerabilities: not looked for, since the package index has no records of them" >&2
  failed=1
else
  echo "$told" >&2
  failed=1
fi
exit $failed
