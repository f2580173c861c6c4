"""The checkpoint of a job: which images its runs have seen, and what became of them. A SQLite file of its own."""

import fcntl
import hashlib
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType

from platformdirs import user_state_path

from lookalike.errors import ConfigError

__all__ = ["Job", "Mode", "Verdict", "default_name", "mode_of", "open_job"]

_TABLES = """
CREATE TABLE IF NOT EXISTS item (id BLOB PRIMARY KEY, run INTEGER, session INTEGER, state INTEGER, stamp TEXT)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY, finished INTEGER);
CREATE TABLE IF NOT EXISTS filled (identity TEXT);
"""
_MAGIC = b"SQLite format 3\0"
_OURS = re.compile("[0-9a-f]{40}")
_KEEP_EVERY = 1.0  # seconds: a commit for each batch would be a tenth of the time of a run that finds nothing to do
_PENDING, _DONE, _FAILED = range(3)


class Mode(IntEnum):
    """What a run goes through: everything, what an unfinished run has left, or what failed."""

    ALL = 0
    RESUME = 1
    RETRY_FAILED = 2


def mode_of(resume: bool, retry_failed: bool) -> Mode:
    """The mode that options ask for. Raises ConfigError if they contradict each other."""
    if resume and retry_failed:
        raise ConfigError("--resume and --retry-failed exclude each other; expected one of them")
    return Mode.RESUME if resume else Mode.RETRY_FAILED if retry_failed else Mode.ALL


class Verdict(IntEnum):
    """What to do with an image: ingest it, pass over it, or refuse it because its id was there before in this run."""

    INGEST = 0
    SKIP = 1
    DUPLICATE = 2


class Job:
    """One job, locked for one process at a time. Made by `open_job`.

    `note` says what the user should know of the checkpoint, or is empty; `session` numbers the job's processes.
    """

    def __init__(self, database: sqlite3.Connection, name: str, mode: Mode, note: str) -> None:
        self._database = database
        self.name = name
        self._mode = mode
        self.note = note
        self.stamps: dict[str, str] = {}
        last = database.execute("SELECT number, finished FROM run ORDER BY number DESC LIMIT 1").fetchone()
        number, finished = last or (0, 1)
        self._run = int(number)
        if finished and mode is Mode.RESUME:
            self._mode = Mode.ALL
            why = "the job's last run was complete" if last else "the job has not run before"
            self.note = self.note or f"nothing to resume: {why}, so this is a new one"
        self._continues = not finished
        if finished or self._mode is Mode.ALL:
            if not finished:
                self.note = self.note or "the last run was not finished; --resume would pass over what it has done"
            self._run += 1
            database.execute("INSERT INTO run VALUES (?, 0)", (self._run,))
        self._kept = time.monotonic()
        self.session = int(database.execute("PRAGMA user_version").fetchone()[0]) + 1
        database.execute(f"PRAGMA user_version = {self.session}")
        database.commit()

    def fill(self, identity: str) -> None:
        """Say which index this run fills, before its first `claim`; `identity` tells it from one of the same name that
        was deleted, or is empty where nobody knows it.

        What was done for another one is done again. Raises ConfigError if only what failed there was to be retried.
        """
        (before,) = self._database.execute("SELECT identity FROM filled").fetchone() or ("",)
        if before == identity or not identity:
            return
        if self._mode is Mode.RETRY_FAILED:
            raise ConfigError("nothing to retry: the job has not filled this index before; run without --retry-failed")
        if before and self._mode is Mode.RESUME:
            self.note = "the index is not the one that the job filled before, so nothing is passed over"
            self._run += 1
            self._database.execute("INSERT INTO run VALUES (?, 0)", (self._run,))
        self._database.execute("DELETE FROM filled")
        self._database.execute("INSERT INTO filled VALUES (?)", (identity,))
        self._database.commit()

    def claim(self, ids: Sequence[str]) -> list[Verdict]:
        """What to do with each of these images, which from now on count as seen; `stamps` are theirs until the next
        call."""
        keys = [_key(key) for key in ids]
        self.stamps = {}
        marks = ",".join("?" * len(keys))
        query = f"SELECT id, run, session, state, stamp FROM item WHERE id IN ({marks})"  # noqa: S608, only marks
        known = {row[0]: row[1:] for row in self._database.execute(query, keys)}
        verdicts, rows = [], {}
        for key in keys:
            run, session, state, stamp = known.get(key, (0, 0, _PENDING, ""))
            if key in rows or session == self.session:
                verdicts.append(Verdict.DUPLICATE)
                continue
            verdict = self._verdict(run, state, key in known)
            verdicts.append(verdict)
            # What is retried counts as failed until it is settled: the next retry finds it if this one is stopped.
            kept = verdict is Verdict.SKIP or self._mode is Mode.RETRY_FAILED
            rows[key] = (key, self._run, self.session, state if kept else _PENDING, stamp)
            if stamp:
                self.stamps[_id(key)] = stamp
        self._database.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)", rows.values())
        return verdicts

    def _verdict(self, run: int, state: int, is_known: bool) -> Verdict:
        if self._mode is Mode.RETRY_FAILED:
            return Verdict.INGEST if is_known and state == _FAILED else Verdict.SKIP
        if self._mode is Mode.RESUME:
            return Verdict.SKIP if run == self._run and state == _DONE else Verdict.INGEST
        return Verdict.INGEST

    def settle(
        self, done: Iterable[str], failed: Iterable[str] = (), stamps: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Record what became of images, after the index has them; this is what a later run relies on. Those without a
        new stamp keep theirs. A process that is killed may lose the last second of it, which is then done again."""
        rows = [(_DONE, _key(key)) for key in done] + [(_FAILED, _key(key)) for key in failed]
        self._database.executemany("UPDATE item SET state = ? WHERE id = ?", rows)
        fresh = [(stamp, _key(key)) for key, stamp in stamps.items()]
        self._database.executemany("UPDATE item SET stamp = ? WHERE id = ?", fresh)
        if time.monotonic() > self._kept + _KEEP_EVERY:
            self.keep()

    def keep(self) -> None:
        """Keep what was recorded, so that it outlives this process however that ends."""
        self._database.commit()
        self._kept = time.monotonic()

    def finish(self) -> None:
        """The run went through all of its sources; one that only retried has not, if the one before it had not."""
        if self._mode is Mode.RETRY_FAILED and self._continues:
            return
        self._database.execute("UPDATE run SET finished = 1 WHERE number = ?", (self._run,))
        self._database.commit()

    def gone(self) -> int:
        """How many images earlier runs saw, but not this one."""
        return int(self._database.execute("SELECT count(*) FROM item WHERE run < ?", (self._run,)).fetchone()[0])

    def gone_ids(self, at_once: int) -> Iterator[list[str]]:
        """Their ids, some at a time; each time the ones before have to be forgotten."""
        query = "SELECT id FROM item WHERE run < ? LIMIT ?"
        while rows := self._database.execute(query, (self._run, at_once)).fetchall():
            yield [_id(row[0]) for row in rows]

    def forget(self, ids: Iterable[str]) -> None:
        """Drop images that are no longer in the index."""
        self._database.executemany("DELETE FROM item WHERE id = ?", [(_key(key),) for key in ids])
        self._database.commit()


@contextmanager
def open_job(name: str, mode: Mode, folder: Path | None = None) -> Iterator[Job]:
    """Open the job of this name, in `folder` or where programs keep their state, and lock it.

    A damaged checkpoint is set aside and the job starts anew; the index still tells what is unchanged. Raises
    ConfigError if the name is no file name, the job is running already, or its folder cannot be written.
    """
    if not name or name in {".", ".."} or "/" in name or "\0" in name:
        raise ConfigError(f"--job: {name!r} cannot name a job; expected a name that a file can have")
    top = folder or user_state_path("lookalike") / "jobs"
    file = top / f"{name}.sqlite"
    lock = _locked(top / f"{name}.lock", name)
    try:
        database, note = _open(file)
        try:
            job = Job(database, name, mode, note)
            try:
                yield job
            finally:
                job.keep()
        finally:
            database.close()
    except sqlite3.Error as error:
        raise ConfigError(f"the checkpoint {file} cannot be used: {error}") from error
    finally:
        os.close(lock)


def default_name(index: str, facts: Mapping[str, object]) -> str:
    """The name of the job that fills an index in this way: the same command is the same job.

    A name that no index can have is refused by who makes the index, so a slash in it does no harm here.
    """
    digest = hashlib.sha256(repr(sorted(facts.items())).encode(errors="surrogateescape")).hexdigest()
    return f"{index.replace('/', '_')}-{digest[:8]}"


def _key(document: str) -> bytes | str:
    """A document's id as it is kept: ours in half the bytes, others, from indices that others filled, as they are."""
    return bytes.fromhex(document) if _OURS.fullmatch(document) else document


def _id(key: bytes | str) -> str:
    return key.hex() if isinstance(key, bytes) else key


def _locked(file: Path, name: str) -> int:
    """The descriptor of the lock file, whose closing gives the lock back, as does the end of the process."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"the checkpoint's folder {file.parent} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise ConfigError(
            f"the job {name!r} is running already (process {holder}); wait for it, or give --job NAME for another one"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _open(file: Path) -> tuple[sqlite3.Connection, str]:
    note = ""
    if file.exists() and not _is_sound(file):
        damaged = file.with_suffix(".damaged")
        file.replace(damaged)
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{file}{ending}").replace(f"{damaged}{ending}")
        note = f"the checkpoint was damaged and lies in {damaged} now; the job starts anew"
    database = sqlite3.connect(file)
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _TABLES)
    return database, note


def _is_sound(file: Path) -> bool:
    with file.open("rb") as stream:
        if stream.read(len(_MAGIC)) not in {b"", _MAGIC}:
            return False
    database = sqlite3.connect(file)
    try:
        return bool(database.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError:  # a full disk, say, is no damage
        raise
    except sqlite3.DatabaseError:
        return False
    finally:
        database.close()
