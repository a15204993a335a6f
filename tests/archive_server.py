"""A loopback HTTP server that can misbehave in the ways that servers do."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Behaviour:
    """How the server answers for one path.

    Attributes:
        content: the file.
        cuts: how many answers end early, after `cut_after` bytes.
        cut_after: bytes sent before a cut.
        dies: whether nothing but errors come after the last cut.
        ranges: whether Range is understood.
        announced: Content-Length of a whole answer, if it lies.
        status: answer this status only.
        etag: validator of the content.
        wrong_range: answer a Range with bytes from the start.
        chunked: send without a Content-Length.
        commit: what the file belongs to, as model hubs say.
        kind: its Content-Type.
    """

    content: bytes = b""
    cuts: int = 0
    cut_after: int = 0
    dies: bool = False
    ranges: bool = True
    announced: int | str | None = None
    status: int = 200
    etag: str = '"one"'
    wrong_range: bool = False
    chunked: bool = False
    commit: str = ""
    kind: str = ""


@dataclass
class ArchiveServer:
    """Paths with their behaviour, and a record of all requests."""

    address: str
    files: dict[str, Behaviour] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)  # of GET: path, Range header
    tokens: set[str] = field(default_factory=set)  # Authorization headers

    def offer(self, name: str, content: bytes = b"", **behaviour: Any) -> str:
        self.files[f"/{name}"] = Behaviour(content, **behaviour)
        return f"{self.address}/{name}"


@contextlib.contextmanager
def running_server() -> Iterator[ArchiveServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            if self.command == "GET":
                archive.requests.append((self.path, wanted))
            archive.tokens.add(self.headers.get("Authorization", ""))
            with contextlib.suppress(ConnectionError):  # the client may leave early
                _answer(self, archive.files.get(self.path, Behaviour(status=404)), wanted)
            self.close_connection = True

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    archive = ArchiveServer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield archive
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, file: Behaviour, wanted: str) -> None:
    total = len(file.content)
    found = re.fullmatch(r"bytes=(\d+)-", wanted)
    changed = handler.headers.get("If-Range", file.etag) != file.etag
    start = int(found[1]) if found and file.ranges and not changed else 0
    if file.dies and not file.cuts:
        file.status = 503
    if file.status != 200:
        handler.send_error(file.status)
        return
    if found and start >= total and start:
        handler.send_response(416)
        handler.send_header("Content-Range", f"bytes */{total}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    first = 0 if file.wrong_range else start
    body = file.content[first:]
    handler.send_response(206 if start else 200)
    handler.send_header("ETag", file.etag)
    if file.kind:
        handler.send_header("Content-Type", file.kind)
    if file.commit:
        handler.send_header("X-Repo-Commit", file.commit)
    if start:
        handler.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
    if file.chunked:
        handler.send_header("Transfer-Encoding", "chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    else:
        announced = len(body) if file.announced is None or start else file.announced
        handler.send_header("Content-Length", str(announced))
    handler.end_headers()
    if handler.command == "HEAD":
        return
    if file.cuts:
        file.cuts -= 1
        body = body[: file.cut_after]
    handler.wfile.write(body)
