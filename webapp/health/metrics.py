"""`/metrics` in Prometheus' own text: the installation's figures, and those that single processes count."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from webapp.telemetry.metrics_files import VARIABLE, files_in, process_of
from webapp.telemetry.processes import Processes

__all__ = ["CONTENT_TYPE_LATEST", "exposition"]


class AllProcesses(Collector):
    """What the processes of this machine keep in files. A label names the process, so that one that ends and takes
    its count along looks like what it is, and not like a counter that went back.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        files: dict[int, list[str]] = defaultdict(list)
        for path in files_in(self._directory):
            files[process_of(path)].append(str(path))
        found: dict[str, Metric] = {}
        for process, paths in files.items():
            for metric in MultiProcessCollector.merge(paths):  # type: ignore[no-untyped-call]
                kept = found.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                for sample in metric.samples:
                    kept.add_sample(sample.name, {**sample.labels, "process": str(process)}, sample.value)
        return found.values()


def _processes(directory: Path) -> Iterable[int]:
    return map(process_of, files_in(directory))


def exposition(installation: Collector | None) -> bytes:
    registry = CollectorRegistry()
    if installation is not None:
        registry.register(installation)
    directory = os.environ.get(VARIABLE)
    registry.register(Processes(partial(_processes, Path(directory)) if directory else list))
    if not directory:
        return generate_latest(registry) + generate_latest(REGISTRY)
    registry.register(AllProcesses(Path(directory)))
    return generate_latest(registry)
