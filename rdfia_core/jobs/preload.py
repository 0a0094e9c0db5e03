"""Imported once by the forkserver, so that a worker begins with everything already loaded.

Nothing here may run a torch operation, call BLAS or start a thread: a fork would copy its locks.
`torch._dynamo` is what the first optimiser of a process imports, 1.4 seconds of it. A worker
imports the dispatcher's main module again, under another name: what that needs must be here too.
"""

import gc
import importlib

import sqlalchemy.dialects.sqlite
import torch
import torch._dynamo

import rdfia_core.jobs.__main__
import rdfia_core.jobs.worker
from rdfia_core.experiments import experiments

for _experiment in experiments().values():
    for _address in _experiment.tasks.values():
        importlib.import_module(_address.split(":")[0])

# What is loaded here lives as long as the process: children need not scan it, nor copy its pages.
gc.disable()
gc.freeze()
