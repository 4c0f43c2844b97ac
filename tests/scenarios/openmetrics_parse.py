# SPDX-License-Identifier: MIT
"""Reads an exposition from standard input with the official OpenMetrics parser; prints
"FAMILIES SAMPLES". It raises on anything that the specification forbids."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
print(len(families), sum(len(family.samples) for family in families))
