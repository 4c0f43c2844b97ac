#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare_cron.py SLOTS-PROGRAM COUNT SEED: random expressions, whose next slots in UTC must be croniter's. Debian's cron, and
we with it, differ from croniter in two ways, which are left out: a day field that begins with * and has a step (*/2 * 1)
restricts nothing, so the other one decides alone with it; a list or range of all days (1-31 * 1) does restrict."""
import random
import subprocess
import sys
from datetime import datetime, timezone

from croniter import croniter

program, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
dice = random.Random(seed)
names = {3: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(), 4: 'sun mon tue wed thu fri sat'.split()}
bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]


def item(field):
    low, high = bounds[field]
    a = dice.randint(low, high)
    kind = dice.random()
    if kind < 0.5:
        return names[field][a - low] if field in names and dice.random() < 0.3 else str(a)
    b = dice.randint(a, high)
    if (a, b) == (low, high):
        return str(a)
    return f'{a}-{b}' if kind < 0.8 else f'{a}-{b}/{dice.randint(1, 7)}'


def field(index):
    if dice.random() < (0.3 if index < 2 else 0.5):
        return f'*/{dice.randint(2, 10)}' if index not in (2, 4) and dice.random() < 0.4 else '*'
    return ','.join(item(index) for _ in range(dice.randint(1, 3)))


def is_all(text, index):
    """Whether a list names all values of its field."""
    seen = set()
    for part in text.split(','):
        span, _, step = part.partition('/')
        ends = [names[index].index(end) + bounds[index][0] if end in names.get(index, []) else int(end) for end in span.split('-')]
        seen |= set(range(ends[0], ends[-1] + 1, int(step or 1)))
    return len(seen) == bounds[index][1] - bounds[index][0] + 1


def slots_of_croniter(expression, at):
    walk = croniter(expression, datetime.fromtimestamp(at, timezone.utc))
    return [int(walk.get_next(float)) for _ in range(5)]


rows = []
while len(rows) < count:
    expression = ' '.join(field(i) for i in range(5))
    at = dice.randint(1_600_000_000, 2_000_000_000)
    if any(expression.split()[i] != '*' and is_all(expression.split()[i], i) for i in (2, 4)):
        continue
    try:
        rows.append((at, expression, slots_of_croniter(expression, at)))
    except Exception:  # no such day: 31 2
        rows.append((at, expression, None))
text = ''.join(f'{at} 5 {expression}\n' for at, expression, _ in rows)
lines = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
assert len(lines) == len(rows)
wrong = 0
refused = 0
for (at, expression, expected), line in zip(rows, lines):
    refused += expected is None
    got = None if line == 'refused' else [int(word) for word in line.split()]
    if got != expected:
        wrong += 1
        print(f'{expression} after {at}: {got}, croniter says {expected}')
print(f'{count} expressions, {refused} without a day, {wrong} differ')
sys.exit(wrong > 0)
