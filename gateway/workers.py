"""One process, or a parent that keeps several alive on the same ports."""

import gc
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from multiprocessing.context import SpawnProcess

import structlog
from prometheus_client.multiprocess import mark_process_dead

from gateway.logs import configure_logs
from gateway.serve import run_worker
from gateway.settings import Settings
from gateway.web.operators import SHARED_MEASURES

log = structlog.get_logger()

PAUSE_SECONDS = 0.2
RESTART_SECONDS = 1.0


def run_workers(settings: Settings, count: int, tied: bool) -> None:
    """Serves with ``count`` processes until told to stop; ``tied`` ends it when standard input closes."""
    if tied:
        stop_with_parent()
    if count == 1:
        run_worker(settings)
        return
    with tempfile.TemporaryDirectory(prefix="bawaba-measures-") as folder:
        os.environ[SHARED_MEASURES] = folder
        # The parent serves nobody, so it ends its start here.
        gc.freeze()
        gc.enable()
        _Parent(settings, count).run()


def stop_with_parent() -> None:
    """Whoever started us holds our standard input open; when it is gone, so are we."""

    def watch() -> None:
        # Not through sys.stdin, whose lock would be held when the interpreter ends.
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def _work(settings: Settings, index: int) -> None:
    configure_logs()
    threading.Thread(target=_end_with_parent, daemon=True, name="parent-watch").start()
    run_worker(settings, index)


def _end_with_parent() -> None:
    """A worker whose parent was killed is nobody's: it drains and ends."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


class _Parent:
    """Starts the workers, starts again one that died, and hands the signal to stop on to all."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._settings = settings
        self._context = multiprocessing.get_context("spawn")
        self._stopping = False
        self._count = count

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        workers = [self._start(index) for index in range(self._count)]
        while not self._stopping:
            time.sleep(PAUSE_SECONDS)
            for index, worker in enumerate(workers):
                if not worker.is_alive() and not self._stopping:
                    log.error("worker.died", index=index, exit_code=worker.exitcode)
                    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
                    time.sleep(RESTART_SECONDS)
                    workers[index] = self._start(index)
        self._end(workers)

    def _start(self, index: int) -> SpawnProcess:
        worker = self._context.Process(target=_work, args=(self._settings, index), name=f"bawaba-worker-{index}")
        worker.start()
        return worker

    def _stop(self, number: int, frame: object) -> None:
        self._stopping = True

    def _end(self, workers: list[SpawnProcess]) -> None:
        for worker in workers:
            worker.terminate()
        patience = self._settings.server.drain_seconds + 5
        for worker in workers:
            worker.join(patience)
            if worker.is_alive():
                worker.kill()
