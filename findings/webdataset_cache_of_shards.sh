#!/bin/sh
# webdataset 1.0.2: with a cache, a model is validated on the photos that it was trained on.
#
# Expected by most: `cache_dir` keeps copies of shards that come from a server, and changes no sample.
# Seen: a copy goes by the last part of its address, so train/shard-000.tar and val/shard-000.tar, as shards are
# mostly named, are one file: the first that was read, in later runs too. Each photo of the validation set is one of
# the training set, with its label, and there is no warning. Without a cache, or read by "pipe:", both are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 webdataset==1.0.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import functools
import http.server
import io
import tarfile
import threading
from importlib.metadata import version
from pathlib import Path

import webdataset

for part in ("train", "val"):
    for shard in range(2):
        path = Path("served", part, f"shard-{shard:03}.tar")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w") as archive:
            for photo in range(2):
                content = f"{part} {shard}{photo}".encode()
                member = tarfile.TarInfo(f"{part}-{shard}{photo}.txt")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory="served"))
threading.Thread(target=server.serve_forever, daemon=True).start()


def samples(part, **chosen):
    shards = f"http://127.0.0.1:{server.server_port}/{part}/shard-{{000..001}}.tar"
    return [sample["txt"].decode() for sample in webdataset.WebDataset(shards, shardshuffle=False, **chosen)]


print("webdataset", version("webdataset"))
Path("cache").mkdir()
seen = {}
for part in ("train", "val"):
    seen[part] = samples(part), samples(part, cache_dir="cache")
    print(f"{part:5}  expected: {', '.join(seen[part][0])}  seen: {', '.join(seen[part][1])}")
server.shutdown()
if seen["val"][0] != ["val 00", "val 01", "val 10", "val 11"] or seen["val"][1] != seen["train"][0]:
    raise SystemExit("the behaviour has changed")
PYTHON
