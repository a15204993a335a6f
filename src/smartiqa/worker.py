"""Stages that start with their libraries loaded.

Most jobs of a workflow are shorter than it takes to load PyTorch. So a build starts one process,
the worker, which loads the libraries once and no code of ours. A job, `python -m smartiqa ...`,
hands its command line to the worker (`hand_over`), which forks: the fork has the job's folder,
variables, and standard streams, reads our code as it lies on disk, and ends as the job would end by
itself. The job passes signals on, and its fork is killed when it is killed.

Wherever that cannot be had the job runs by itself, with the same result: without a worker, with
another Python or other variables that libraries read as they load, and off Linux.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any, Self

from smartiqa.machine.isolation import RECORDED, clean_environment

ADDRESS = "SMARTIQA_WORKER"  # the variable that tells a job where the worker listens
# By what they cost and how many stages use them; what these load themselves is not named.
LIBRARIES = ("pandas", "scipy.stats", "torch", "timm", "safetensors.torch", "matplotlib.pyplot")
JOBS_WITHOUT = 2  # a build with no more jobs than these is done before the libraries are loaded
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LARGEST_REQUEST = 2**17  # bytes
LONGEST_ADDRESS = 107  # bytes, of a socket's place on Linux
STARTED = b"started"
PR_SET_PDEATHSIG = 1  # of Linux's sys/prctl.h


@dataclass(frozen=True)
class Request:
    """A command line, as the process got it that hands it over.

    Attributes:
        python: the program that runs it.
        arguments: of `smartiqa`.
        folder: the present one.
        variables: all of the environment.
    """

    python: str
    arguments: list[str]
    folder: str
    variables: dict[str, str]

    @classmethod
    def of_this_process(cls) -> Self:
        """Describe the command line of this process."""
        return cls(sys.executable, sys.argv[1:], os.getcwd(), dict(os.environ))

    def read_at_start(self) -> tuple[str, dict[str, str]]:
        """Return what cannot be changed once Python and its libraries are loaded."""
        read = {n: v for n, v in self.variables.items() if n in RECORDED or n.startswith("PYTHON")}
        return self.python, read

    def take_on(self) -> None:
        """Make this process the one that was described, but for its number."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.variables)
        sys.argv[1:] = self.arguments
        sys.path[0] = self.folder
        for name in [n for n in sys.modules if n.partition(".")[0] == __package__]:
            del sys.modules[name]  # our code is read as it lies on disk by now
        invalidate_caches()


@dataclass(frozen=True)
class Fork:
    """A fork that runs a job, and the connection to the process that waits for it."""

    number: int
    connection: socket.socket

    def pass_on(self) -> bool:
        """Give the fork a signal that its job got; kill it, and say so, if the job is gone."""
        said = self.connection.recv(1)
        os.kill(self.number, said[0] if said else signal.SIGKILL)
        return not said

    def report(self) -> None:
        """Tell the job how its fork ended."""
        _, status = os.waitpid(self.number, 0)
        with suppress(OSError):  # nobody waits for it any more
            self.connection.send(str(os.waitstatus_to_exitcode(status)).encode())


class Worker:
    """The worker of one build, as the process sees it that plans the build.

    It ends by itself when this process has ended, however that came, and all forks have.
    """

    def __init__(self) -> None:
        name = f"smartiqa-{os.getpid()}-{os.urandom(4).hex()}"
        self._folder = Path(tempfile.gettempdir(), name)
        self._socket = str(self._folder / "socket")
        self._process: subprocess.Popen[bytes] | None = None

    def prelude(self) -> str:
        """Return shell commands that tell a job where the worker is, if it was started."""
        quoted = shlex.quote(self._socket).replace("{", "{{").replace("}", "}}")
        return f"export {ADDRESS}={quoted}; "

    def start(self) -> None:
        """Start the worker, or do without one."""
        if not hasattr(os, "pidfd_open") or len(os.fsencode(self._socket)) > LONGEST_ADDRESS:
            return
        self._folder.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self._socket)
            listener.listen(128)  # from now on a job waits for the worker, however slowly it starts
            given = [str(self._folder), str(listener.fileno())]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "smartiqa.worker", *given],
                env=clean_environment(os.environ),
                stdin=subprocess.PIPE,  # nothing is written: it is closed when this process ends
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                process_group=0,  # what is typed at the terminal concerns the jobs
            )

    def stop(self) -> None:
        """Let the worker end when its last job has ended, and wait for that."""
        if self._process is not None:
            self._process.communicate()


def hand_over() -> None:
    """Have the worker run the command line of this process, and end as it ended.

    Returns if there is no worker, or none that could do the same as this process.
    """
    address = os.environ.pop(ADDRESS, None)
    request = Request.of_this_process()
    if address is None or clean_environment(os.environ) != request.variables:
        return
    message = json.dumps(vars(request)).encode()
    if len(message) > LARGEST_REQUEST:
        return
    try:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(address)
        socket.send_fds(connection, [message], [0, 1, 2])
        if connection.recv(len(STARTED)) != STARTED:
            return
    except OSError:
        return
    for number in PASSED_ON:
        if signal.getsignal(number) != signal.SIG_IGN:  # as in the background of a shell
            signal.signal(number, lambda number, _: connection.send(bytes([number])))
    _end_as(int(connection.recv(16) or -signal.SIGKILL))


def _end_as(status: int) -> None:
    """End this process with an exit status, or by a signal if that is negative, which it names."""
    if status < 0:
        if -status not in PASSED_ON:
            why = "; the system does so when memory runs out" if -status == signal.SIGKILL else ""
            name = signal.strsignal(-status)
            sys.stderr.write(f"error: ended by signal {-status} ({name}){why}\n")
            sys.stderr.flush()
        if -status not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


class Server:
    """The worker itself.

    Args:
        folder: of its socket; removed when the build has ended.
        listener: the socket, on which jobs wait.
    """

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self._folder, self._listener, self._jobs = folder, listener, 0
        self._started_with = Request.of_this_process().read_at_start()
        self._libraries = list(LIBRARIES)
        self._events = selectors.DefaultSelector()
        self._job: Request | None = None
        self._on(self._listener, self._accept)
        self._on(sys.stdin, self._close)

    def serve(self) -> Request | None:
        """Run jobs in forks of this process, until the build and all forks have ended.

        Returns:
            In a fork, what to run there; in the worker, at the end, None.
        """
        while self._events.get_map():
            loading = self._libraries and self._jobs > JOBS_WITHOUT
            ready = self._events.select(0 if loading else None)
            for key, _ in ready:
                if self._events.get_map().get(key.fd) is key:  # still, after those before it
                    key.data()
                if self._job is not None:
                    return self._job
            if loading and not ready:
                self._load(self._libraries.pop(0))
        return None

    def _on(self, file: Any, call: Callable[[], None]) -> None:
        self._events.register(file, selectors.EVENT_READ, call)

    def _load(self, library: str) -> None:
        import_module(library)
        gc.collect()
        gc.freeze()  # forks share what they do not write to, the counts of the collector included

    def _close(self) -> None:
        """Take no more jobs: the build has ended."""
        for file in (self._listener, sys.stdin):
            self._events.unregister(file)
        self._listener.close()
        self._libraries.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _accept(self) -> None:
        """Fork for a job, or leave it to itself."""
        connection, _ = self._listener.accept()
        message, streams, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, 3)
        job = Request(**json.loads(message)) if message else None
        if job is None or job.read_at_start() != self._started_with:
            connection.close()
        elif number := _fork():
            self._jobs += 1
            self._attend(Fork(number, connection))
        else:
            self._leave(connection)
            for own, stream in enumerate(streams):
                os.dup2(stream, own)
            sys.stdout.reconfigure(line_buffering=sys.stdout.isatty())  # type: ignore[union-attr]
            self._job = job
        for stream in streams:
            os.close(stream)

    def _attend(self, fork: Fork) -> None:
        """Watch a fork, and the process that waits for it."""
        end = os.pidfd_open(fork.number)

        def ended() -> None:
            fork.report()
            self._events.unregister(end)
            os.close(end)
            with suppress(KeyError):
                self._events.unregister(fork.connection)
            fork.connection.close()

        def said() -> None:
            if fork.pass_on():
                self._events.unregister(fork.connection)

        self._on(end, ended)
        self._on(fork.connection, said)
        with suppress(OSError):  # the job was killed: `said` will see it
            fork.connection.send(STARTED)

    def _leave(self, connection: socket.socket) -> None:
        """Have nothing more to do with the worker, but to end when it does."""
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        files: list[Any] = [key.fileobj for key in self._events.get_map().values()]
        self._events.close()
        for file in (connection, *files):
            if isinstance(file, int):
                os.close(file)
            elif file is not sys.stdin:
                file.close()


def _fork() -> int:
    """Fork, although there is a second thread: a memory allocator's, which provides for forks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def run() -> None:
    """Be the worker, and in each of its forks the stage that a job asks for."""
    folder, listener = sys.argv[1:]
    job = Server(Path(folder), socket.socket(fileno=int(listener))).serve()
    if job is None:
        os._exit(0)  # nothing is left to do, and some libraries would say what they did not free
    job.take_on()
    from smartiqa.cli import main

    main()


if __name__ == "__main__":
    run()
