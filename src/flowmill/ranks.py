"""Many processes of one training: which job this process belongs to, and which of its ranks it is.

All ranks log to one run. Its id follows from the job, so that no rank waits for another; rank 0 answers for the
run's end, the others add what they measure under a label of theirs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid

_MODES = ("together", "separate")
_SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")
_PATIENCE = timedelta(seconds=30)
_LOCAL_RANKS = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "HOROVOD_LOCAL_RANK")


@dataclass(frozen=True)
class Rank:
    """One of ``size`` processes of a job; ``key`` is the same in all of them and no other job has it."""

    key: str
    rank: int
    size: int

    def run_id(self, number: int) -> str:
        """The id of the run that each rank opens as its ``number``-th."""
        import hashlib  # loads OpenSSL, and most scripts are alone

        return hashlib.sha256(f"{self.key} {number}".encode()).hexdigest()[:32]

    def labelled(self, key: str) -> str:
        """A metric's key as this rank logs it: its own for rank 0, below ``rank_3/`` for the fourth."""
        return key if self.rank == 0 else f"rank_{self.rank}/{key}"


def current_rank(environment: Mapping[str, str] | None = None) -> Rank | None:
    """The rank of this process, None if it is alone or ``FLOWMILL_RANKS=separate`` gives each a run of its own.

    Understands torchrun (and what sets its variables: Ray Train, Accelerate, Lightning), SLURM, Open MPI, Horovod,
    and ``FLOWMILL_JOB``, ``FLOWMILL_RANK``, ``FLOWMILL_WORLD_SIZE`` for everything else.
    """
    env = os.environ if environment is None else environment
    mode = env.get("FLOWMILL_RANKS", "together")
    if mode not in _MODES:
        raise Invalid(f"Invalid value {mode!r} of FLOWMILL_RANKS: expected one of {', '.join(_MODES)}.")
    if mode == "separate":
        return None
    for read in (_given, _torch, _slurm, _mpi):
        found = read(env)
        if found is not None:
            return found if found.size > 1 else None
    return None


def is_first_of_machine(environment: Mapping[str, str] | None = None) -> bool:
    """Whether this process answers for its machine: no launcher says that another of the job comes before it here."""
    env = os.environ if environment is None else environment
    return all(env.get(name, "0") == "0" for name in _LOCAL_RANKS)


def _given(env: Mapping[str, str]) -> Rank | None:
    if "FLOWMILL_JOB" not in env:
        return None
    return _rank(f"job {env['FLOWMILL_JOB']}", env.get("FLOWMILL_RANK"), env.get("FLOWMILL_WORLD_SIZE"))


def _torch(env: Mapping[str, str]) -> Rank | None:
    if "RANK" not in env or "WORLD_SIZE" not in env:
        return None
    meeting = f"{env.get('MASTER_ADDR', '')}:{env.get('MASTER_PORT', '')}"
    name = env.get("TORCHELASTIC_RUN_ID", "none")
    if name == "none":
        slurm = _slurm(env)
        if slurm is not None and (env["RANK"], env["WORLD_SIZE"]) == (str(slurm.rank), str(slurm.size)):
            return slurm  # the script has named its tasks for torch
        name = _group_of_ray(env) or _launch(env)
    restart = env.get("TORCHELASTIC_RESTART_COUNT", "0")
    return _rank(f"torch {name} {meeting} {restart}", env["RANK"], env["WORLD_SIZE"])


def _launch(env: Mapping[str, str]) -> str:
    """What the ranks of one launch have in common to which nobody gave a name, and no other launch has."""
    if env.get("LOCAL_WORLD_SIZE", env["WORLD_SIZE"]) == env["WORLD_SIZE"]:  # one machine: who started them
        return f"{os.getppid()} {_started(os.getppid())}"
    for scheduler in _SCHEDULERS:
        if scheduler in env:
            return f"{scheduler} {env[scheduler]} {env.get('SLURM_STEP_ID', '')} {env.get('SLURM_RESTART_COUNT', '')}"
    if env.get("TORCHELASTIC_USE_AGENT_STORE") == "True":
        return _agreed(env.get("MASTER_ADDR", ""), env.get("MASTER_PORT", ""))
    return "none"


@cache
def _agreed(address: str, port: str) -> str:
    """A word that all ranks of a launch find in the store of torchrun's agents, left there by the first that looks.

    Launches on several machines mostly meet at the same address, and would have one run without it.
    """
    try:
        torch: Any = import_module("torch.distributed")  # who was started by torchrun mostly has it loaded
        store = torch.TCPStore(address, int(port), is_master=False, wait_for_workers=False, timeout=_PATIENCE)
        return store.compare_set("flowmill/job", "", os.urandom(16).hex()).decode()
    except (ImportError, RuntimeError, ValueError):
        return "none"


def _group_of_ray(env: Mapping[str, str]) -> str | None:
    """The placement group of Ray that a worker of a training is in, with all other workers and no other training's."""
    ray: Any = sys.modules.get("ray")
    if ray is None or "RAY_JOB_ID" not in env:
        return None
    group = ray.util.get_current_placement_group()
    return f"ray {group.id.hex()}" if group is not None else None


def _slurm(env: Mapping[str, str]) -> Rank | None:
    if "SLURM_PROCID" not in env or "SLURM_JOB_ID" not in env:
        return None
    key = f"slurm {env.get('SLURM_CLUSTER_NAME', '')} {env['SLURM_JOB_ID']} {env.get('SLURM_STEP_ID', '')}"
    size = env.get("SLURM_STEP_NUM_TASKS") or env.get("SLURM_NTASKS")
    return _rank(f"{key} {env.get('SLURM_RESTART_COUNT', '0')}", env["SLURM_PROCID"], size)


def _mpi(env: Mapping[str, str]) -> Rank | None:
    rank, size = env.get("OMPI_COMM_WORLD_RANK"), env.get("OMPI_COMM_WORLD_SIZE")
    if rank is not None and "PMIX_NAMESPACE" in env:
        return _rank(f"mpi {env['PMIX_NAMESPACE']} {env.get('PMIX_SERVER_URI41', '')}", rank, size)
    rank, size = env.get("HOROVOD_RANK"), env.get("HOROVOD_SIZE")
    if rank is not None and "HOROVOD_GLOO_RENDEZVOUS_PORT" in env:
        meeting = f"{env.get('HOROVOD_GLOO_RENDEZVOUS_ADDR', '')}:{env['HOROVOD_GLOO_RENDEZVOUS_PORT']}"
        return _rank(f"horovod {meeting}", rank, size)
    return None


def _rank(key: str, rank: str | None, size: str | None) -> Rank | None:
    """A rank from what the environment says; a launcher that says something odd is no reason to fail."""
    if rank is None or size is None or not (rank.isdigit() and size.isdigit()):
        return None
    return Rank(key, int(rank), int(size)) if int(rank) < int(size) else None


def _started(pid: int) -> str:
    """When a process began, as its system says it: a number of a process is used again."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return status.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
