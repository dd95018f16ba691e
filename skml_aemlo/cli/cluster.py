"""Where a comparison is computed: on this machine, or on a Dask cluster."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from joblib import parallel_config

from ..compare.extras import require
from .speech import say, spoken_warnings

__all__ = ["computing_on", "require_one_place", "without_place"]

PATIENCE = 5  # seconds, for the scheduler and then for its first worker


def require_one_place(address: str | None, jobs: int | None) -> None:
    """Refuse what only one of two places understands, and a cluster without its library."""
    if address is None:
        return
    if jobs is not None:
        raise ValueError(
            "--jobs counts worker processes of this machine, and --dask computes on a cluster with "
            "the workers it has; give one of the two."
        )
    _distributed()


def without_place(noted: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that a file notes, without its place where the caller gives another."""
    places = {"dask", "jobs"}
    return {
        key: value for key, value in noted.items() if key not in places or not places & {*given}
    }


def _distributed() -> Any:
    return require("distributed", "--dask needs", extra="dask")


@contextmanager
def computing_on(address: str | None) -> Iterator[None]:
    """Let joblib compute on the cluster of a scheduler while the block runs, if there is one."""
    if address is None:
        yield
        return
    with _connected(address) as client, parallel_config("dask", client=client):
        _require_workers(client, address)
        yield


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    distributed = _distributed()
    # whatever goes wrong is told in one line of ours
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        # a client that finds nobody hangs when it is taken down: first ask who is there
        asyncio.run(asyncio.wait_for(_identity(address), PATIENCE))
    except Exception as error:  # a server of another kind answers anything
        raise ValueError(
            f"--dask {address!r}: no Dask scheduler answers there ({str(error) or 'silence'}); "
            "give the address that it printed when it started, such as tcp://127.0.0.1:8786."
        ) from error
    with spoken_warnings():
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    with client:
        yield client


async def _identity(address: str) -> None:
    distributed = _distributed()
    secrets = distributed.Security().get_connection_args("client")
    async with distributed.rpc(address, timeout=PATIENCE, connection_args=secrets) as scheduler:
        if (await scheduler.identity())["type"] != "Scheduler":
            raise ValueError("what answers is a worker")


def _require_workers(client: Any, address: str) -> None:
    """Refuse a cluster without workers, or whose workers lack this very version."""
    from .. import __version__

    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except (TimeoutError, OSError) as error:
        raise ValueError(
            f"--dask {address!r}: the scheduler has no worker; start some: dask worker {address}."
        ) from error
    found = client.run(_version, on_error="return")
    strange = [who for who, version in found.items() if version != __version__]
    if strange:
        raise ValueError(
            f"--dask {address!r}: the worker {strange[0]} has skml_aemlo {found[strange[0]]!s}, "
            f"here is {__version__}; install that version on every worker."
        )
    if any(threads > 1 for threads in client.ncores().values()):
        say(
            "warning: workers with several threads compute one cell at a time all the same; start "
            "more workers with one thread each (dask worker --nthreads 1)"
        )


def _version() -> str:
    """Return the version of this library where it is called: pickled by its name."""
    from .. import __version__

    return __version__
