"""The run over a Ray cluster: this process lists, looks up and keeps the checkpoint, workers map and write."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice

import ray
import ray.data
from ray import cloudpickle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from lookalike.errors import EngineError, LookalikeError
from lookalike.ingest.item import Item
from lookalike.ingest.job import Job
from lookalike.ingest.ledger import Group, Ledger, Summary
from lookalike.ingest.ray_engine.cluster import Share, one_line, share
from lookalike.ingest.ray_engine.worker import Report, StopFlag, Worker, Workload
from lookalike.ingest.writer import BulkWriter

__all__ = ["run_on_ray"]

_UNIT = 64  # images that a worker takes at once, and does again if another one was lost with them
_WINDOW, _LARGEST_WINDOW = 8192, 262_144  # images that a worker, and all, may have before Ray Data is called again
_AHEAD = 16  # units of the next window that are listed when one of this window is done
_PATIENCE = 3600  # seconds without any report, as when no node is left that has a GPU
_IN_FLIGHT = 2  # units that are sent to a worker, so that it has the next one when one is done


def run_on_ray(
    items: Iterable[Item],
    workload: Workload,
    writer: BulkWriter,
    job: Job,
    workers: int | None,
    summary: Summary,
    stopping: Callable[[], bool] = lambda: False,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> None:
    """Ingest images as `runner.run` does, with `workers` workers or as many as the cluster has room for.

    Ray Data goes through a window of images at a time, so that memory here does not grow with their number; the next
    one is listed meanwhile, and takes the cluster as it then is. The checkpoint is told of images when their worker has
    reported, so what is lost with a worker is done again, and so is what this process did not hear of when it ended.
    What the index knows is looked up here, once: so an image that is done again counts as it would have.
    """
    began = time.monotonic()
    ledger = Ledger(job, writer, summary, workload.settings.force)
    units = _units(ledger.groups(items), stopping, lambda: progress(summary))
    stop = _stop_flag()
    try:
        window: list[Group] = []
        while True:
            division = share(workers, workload.device)
            size = min(division.workers * _WINDOW, _LARGEST_WINDOW) // _UNIT
            window += islice(units, size - len(window))
            if not window or stopping():
                break
            following: list[Group] = []
            with closing(_reports(window, workload, division, stop)) as reports:
                for report in reports:
                    if report.fault:
                        raise LookalikeError(report.fault)
                    for outcome in report.outcomes:
                        ledger.settle(outcome)
                    progress(summary)
                    if stopping():
                        stop.set.remote()
                    following += islice(units, min(_AHEAD, size - len(following)))
            window = following
        ledger.close(complete=not stopping())
    finally:
        summary.seconds = time.monotonic() - began
    progress(summary)


def _units(groups: Iterator[Group], stopping: Callable[[], bool], progress: Callable[[], None]) -> Iterator[Group]:
    """Portions of groups, each as large as what a worker takes at once; none any more after an interrupt."""
    while not stopping() and (group := next(groups, None)):
        progress()
        for first in range(0, len(group.items), _UNIT):
            items = group.items[first : first + _UNIT]
            ids = {item.id for item in items}
            known = {key: value for key, value in group.known.items() if key in ids}
            stamps = {key: value for key, value in group.stamps.items() if key in ids}
            yield Group(items, known, stamps)


def _reports(
    window: Sequence[Group], workload: Workload, division: Share, stop: object
) -> Generator[Report, None, None]:
    """What became of each unit, in the order in which they are done. Raises EngineError if Ray cannot go on."""
    settings = replace(workload.settings, workers=max(division.cpus, 1))
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_no_progress_timeout_s = _PATIENCE
    rows = [{"group": cloudpickle.dumps(unit)} for unit in window]
    # A worker that is lost is started again where there is room, and if there is none, in the place of one that has
    # nothing more to do: the end of a window makes room, which is why it is handed over as a whole.
    pool = ray.data.ActorPoolStrategy(
        min_size=1,
        max_size=division.workers,
        initial_size=division.workers,
        max_tasks_in_flight_per_actor=_IN_FLIGHT,
    )
    dataset = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
        Worker,
        fn_constructor_kwargs={"workload": replace(workload, settings=settings), "stop": stop},
        compute=pool,
        num_cpus=division.cpus,
        num_gpus=division.gpus,
    )
    told = 0
    try:
        for batch in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            for pickled in batch["report"].to_pylist():
                told += 1
                yield cloudpickle.loads(pickled)
    except ray.data.exceptions.ExecutionTimeoutError as error:
        raise EngineError(
            f"no worker has reported for {_PATIENCE} s; has the Ray cluster room for them? `ray status` tells"
        ) from error
    except (ray.exceptions.RayError, ray.data.exceptions.SystemException) as error:
        raise EngineError(f"Ray cannot go on: {one_line(error)}") from error
    if told != len(window):
        raise EngineError(f"Ray has lost {len(window) - told} of {len(window)} portions; run again with --resume")


def _stop_flag() -> "ray.actor.ActorHandle":
    """The flag, on this node: if it is lost, so is the run."""
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(StopFlag).options(num_cpus=0, scheduling_strategy=here).remote()
