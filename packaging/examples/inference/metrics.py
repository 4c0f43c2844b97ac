# SPDX-License-Identifier: MIT
"""The inference service's app/core/metrics.py, with prometheus_client. Nothing here knows of statgate."""
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry()

inference_requests_total = Counter("inference_requests_total", "Requests, counted before execution.",
                                   ["model", "version", "tenant"], registry=registry)
inference_errors_total = Counter("inference_errors_total", "Failed requests, by cause.",
                                 ["model", "version", "error_type", "tenant"], registry=registry)
inference_latency_seconds = Histogram("inference_latency_seconds", "End-to-end latency.", ["model", "version", "tenant"],
                                      buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10), registry=registry)
executor_inflight = Gauge("executor_inflight", "Inference calls executing in the thread pool now.", ["device"], registry=registry)
executor_timeouts_total = Counter("executor_timeouts_total", "Executor timeouts.", ["device"], registry=registry)
job_queue_depth = Gauge("job_queue_depth", "Jobs in state PENDING.", ["model", "version"], registry=registry)
