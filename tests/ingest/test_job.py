import os
import subprocess
import sys
from pathlib import Path

import pytest

from lookalike.errors import ConfigError
from lookalike.ingest.item import item_id
from lookalike.ingest.job import Mode, Verdict, default_name, mode_of, open_job

A, B, C, D = (item_id(name) for name in "abcd")
INGEST, SKIP, DUPLICATE = Verdict.INGEST, Verdict.SKIP, Verdict.DUPLICATE


def first_run(folder: Path, finish: bool) -> None:
    with open_job("job", Mode.ALL, folder) as job:
        assert job.note == ""
        assert job.claim([A, B, C]) == [INGEST] * 3
        job.settle([A], [B])
        if finish:
            job.finish()


def test_a_run_that_was_stopped_is_resumed_without_what_is_done(tmp_path: Path) -> None:
    first_run(tmp_path, finish=False)
    with open_job("job", Mode.RESUME, tmp_path) as job:
        assert job.claim([A, B, C, D]) == [SKIP, INGEST, INGEST, INGEST]
        assert job.gone() == 0


def test_the_same_command_without_resume_goes_through_everything_and_says_so(tmp_path: Path) -> None:
    first_run(tmp_path, finish=False)
    with open_job("job", Mode.ALL, tmp_path) as job:
        assert job.note == "the last run was not finished; --resume would pass over what it has done"
        assert job.claim([A, B]) == [INGEST, INGEST]


def test_a_complete_run_leaves_nothing_to_resume(tmp_path: Path) -> None:
    first_run(tmp_path, finish=True)
    with open_job("job", Mode.RESUME, tmp_path) as job:
        assert job.note.startswith("nothing to resume: ")
        assert job.claim([A]) == [INGEST]


def test_only_what_failed_is_retried(tmp_path: Path) -> None:
    first_run(tmp_path, finish=True)
    with open_job("job", Mode.RETRY_FAILED, tmp_path) as job:
        assert job.claim([A, B, C, D]) == [SKIP, INGEST, SKIP, SKIP]
        job.settle([B])
        job.finish()
    with open_job("job", Mode.RETRY_FAILED, tmp_path) as job:
        assert job.claim([A, B]) == [SKIP, SKIP]


def test_what_a_retry_that_was_stopped_has_not_settled_is_retried_again(tmp_path: Path) -> None:
    first_run(tmp_path, finish=True)
    with open_job("job", Mode.RETRY_FAILED, tmp_path) as job:
        assert job.claim([A, B]) == [SKIP, INGEST]
    with open_job("job", Mode.RETRY_FAILED, tmp_path) as job:
        assert job.claim([A, B]) == [SKIP, INGEST]


def test_retrying_after_a_run_that_was_stopped_leaves_the_rest_to_resume(tmp_path: Path) -> None:
    first_run(tmp_path, finish=False)
    with open_job("job", Mode.RETRY_FAILED, tmp_path) as job:
        assert job.claim([A, B, C]) == [SKIP, INGEST, SKIP]
        job.settle([B])
        job.finish()
    with open_job("job", Mode.RESUME, tmp_path) as job:
        assert job.claim([A, B, C, D]) == [SKIP, SKIP, INGEST, INGEST]


def test_an_id_that_comes_twice_in_a_run_is_a_duplicate(tmp_path: Path) -> None:
    with open_job("job", Mode.ALL, tmp_path) as job:
        assert job.claim([A, B, A]) == [INGEST, INGEST, DUPLICATE]
        job.settle([A, B])
        assert job.claim([B, C]) == [DUPLICATE, INGEST]
    with open_job("job", Mode.RESUME, tmp_path) as job:
        assert job.claim([A, A]) == [SKIP, DUPLICATE]


def test_what_earlier_runs_saw_and_this_one_does_not_is_gone(tmp_path: Path) -> None:
    first_run(tmp_path, finish=True)
    with open_job("job", Mode.ALL, tmp_path) as job:
        job.claim([B])
        assert job.gone() == 2
        found = []
        for ids in job.gone_ids(1):
            found += ids
            job.forget(ids)
        assert set(found) == {A, C}
        assert job.gone() == 0


def test_a_job_runs_once_at_a_time_and_the_second_says_which_process_has_it(tmp_path: Path) -> None:
    with open_job("job", Mode.ALL, tmp_path):
        code = (
            "import pathlib, sys; from lookalike.ingest.job import *; from lookalike.errors import ConfigError\n"
            "try:\n    open_job('job', Mode.ALL, pathlib.Path(sys.argv[1])).__enter__()\n"
            "except ConfigError as error:\n    print(error)"
        )
        second = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
        assert second.stdout.startswith(f"the job 'job' is running already (process {os.getpid()}); wait for it, or ")
        with open_job("other", Mode.ALL, tmp_path):
            pass
    with open_job("job", Mode.ALL, tmp_path):
        pass


@pytest.mark.parametrize("kept", [0.5, 0.1, 0.0])
def test_a_checkpoint_cut_short_is_set_aside_and_the_job_starts_anew(tmp_path: Path, kept: float) -> None:
    with open_job("job", Mode.ALL, tmp_path) as job:
        job.claim([item_id(str(number)) for number in range(2000)])
        job.settle([A])
    file = tmp_path / "job.sqlite"
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept)] or b"x")
    with open_job("job", Mode.RESUME, tmp_path) as job:
        assert job.note == f"the checkpoint was damaged and lies in {tmp_path / 'job.damaged'} now; the job starts anew"
        assert job.claim([A]) == [INGEST]
    assert (tmp_path / "job.damaged").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name a job; expected a name that a file can have"):
        open_job(name, Mode.ALL, tmp_path).__enter__()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"the checkpoint's folder .*file/jobs cannot be written: "):
        open_job("job", Mode.ALL, tmp_path / "file" / "jobs").__enter__()


def test_the_same_command_is_the_same_job() -> None:
    facts: dict[str, object] = {"url": "http://x", "sources": ["/a"]}
    assert default_name("photos", facts) == default_name("photos", dict(reversed(facts.items())))
    assert default_name("photos", facts) != default_name("photos", {**facts, "sources": ["/b"]})
    assert default_name("photos", facts).startswith("photos-")


def test_resuming_and_retrying_exclude_each_other() -> None:
    assert [mode_of(*two) for two in ((False, False), (True, False), (False, True))] == list(Mode)
    with pytest.raises(ConfigError, match="--resume and --retry-failed exclude each other"):
        mode_of(True, True)


def test_what_was_done_for_an_index_that_is_gone_is_done_again(tmp_path: Path) -> None:
    with open_job("job", Mode.ALL, tmp_path) as job:
        job.fill("first")
        job.claim([A, B])
        job.settle([A], [B])
    with open_job("job", Mode.RESUME, tmp_path) as job:
        job.fill("first")
        assert job.note == ""
        assert job.claim([A, B]) == [SKIP, INGEST]
        job.settle([B])
    with open_job("job", Mode.RETRY_FAILED, tmp_path) as job:
        expected = "nothing to retry: the job has not filled this index before; run without --retry-failed"
        with pytest.raises(ConfigError, match=expected):
            job.fill("second")
    with open_job("job", Mode.RESUME, tmp_path) as job:
        job.fill("second")
        assert job.note == "the index is not the one that the job filled before, so nothing is passed over"
        assert job.claim([A]) == [INGEST]
        job.settle([A])
    with open_job("job", Mode.RESUME, tmp_path) as job:
        job.fill("second")
        assert job.claim([A, B]) == [SKIP, INGEST]


def test_a_job_that_has_not_run_has_nothing_to_resume_and_says_so(tmp_path: Path) -> None:
    with open_job("job", Mode.RESUME, tmp_path) as job:
        job.fill("")  # where the user may not see which index it is
        assert job.note == "nothing to resume: the job has not run before, so this is a new one"
        assert job.claim([A]) == [INGEST]
