"""What the page's server keeps and does at once is bounded."""

import threading
from collections.abc import AsyncIterator

import anyio
import pytest

from lookalike.errors import SearchError
from lookalike.search.web.failures import BusyError, GoneError
from lookalike.search.web.incoming import Bodies
from lookalike.search.web.uploads import Uploads, read_upload
from lookalike.search.web.workers import Workers
from tests.pictures import encoded, picture


def test_the_oldest_uploads_give_way() -> None:
    uploads = [read_upload(encoded(picture(seed)), f"{seed}.jpg") for seed in range(4)]
    size = max(len(one.data) + len(one.preview) for one in uploads)
    kept = Uploads(3 * size, 60)
    for one in uploads[:3]:
        kept.keep(one)
    kept.find(uploads[0].key)  # used last
    kept.keep(uploads[3])
    with pytest.raises(GoneError, match="not kept any more"):
        kept.find(uploads[1].key)
    assert [kept.find(one.key).name for one in (uploads[0], uploads[3])] == ["0.jpg", "3.jpg"]


def test_uploads_are_kept_for_a_while_after_their_last_use() -> None:
    now = 0.0
    kept = Uploads(10**9, 60, clock=lambda: now)
    upload = read_upload(encoded(picture(1)), "a.jpg")
    kept.keep(upload)
    now = 50.0
    assert kept.find(upload.key) is upload
    now = 100.0
    assert kept.find(upload.key) is upload
    now = 161.0
    with pytest.raises(GoneError, match="at most 1 minutes"):
        kept.find(upload.key)


def test_a_name_that_would_move_the_cursor_is_made_harmless() -> None:
    assert "\x1b" not in read_upload(encoded(picture(1)), "\x1b[2Ja.jpg").name


def test_few_work_at_once_and_too_many_are_turned_away() -> None:
    running, most = 0, 0
    free = threading.Event()
    counting = threading.Lock()

    def work() -> str:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        free.wait(10)
        with counting:
            running -= 1
        return "done"

    async def main() -> tuple[list[str], list[BusyError]]:
        workers = Workers(threads=2, waiting=3)
        done: list[str] = []
        refused: list[BusyError] = []

        async def ask() -> None:
            try:
                done.append(await workers.run(work))
            except BusyError as error:
                refused.append(error)

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(ask)
            with anyio.fail_after(5):  # the loop goes on meanwhile
                while len(refused) < 3 or most < 2:
                    await anyio.sleep(0.01)
            free.set()
        assert await workers.run(work) == "done"
        return done, refused

    done, refused = anyio.run(main)
    assert (len(done), len(refused), most) == (5, 3, 2)


def test_few_bodies_are_read_at_once_and_none_for_long() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        await anyio.sleep(5)

    async def quick() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def main() -> None:
        bodies = Bodies(at_once=1, seconds=0.2)

        async def wait() -> None:
            with pytest.raises(SearchError, match="not sent within 0 seconds"):
                await bodies.read(slow())

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await anyio.sleep(0.05)
            with pytest.raises(BusyError):
                await bodies.read(quick())
        assert await bodies.read(quick()) == b"ab"

    anyio.run(main)
