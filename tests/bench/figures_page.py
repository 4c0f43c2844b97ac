# SPDX-License-Identifier: MIT
"""Figures as pages say them: found, compared with what was measured, and written.

A template is a piece of a page in which {NAME} or {NAME:UNIT} takes the place of a figure; blanks match any
white space. A page says a figure as `1.05 to 1.2`, `at most 3` or `25`. NAME may have a `*`: then the range is of all
figures that match.
"""
import fnmatch
import math
import re

NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
ANY = rf"(?:at most |up to |below )?{NUMBER}(?: to {NUMBER})?"
SAID = re.compile(rf"(at most |up to |below )?({NUMBER})(?: to ({NUMBER}))?")
FIELD = re.compile(r"\{([a-z0-9_.*-]+)(?::([^}]+))?\}")
ABOUT = 0.25  # a single number is "about" it

# What a page's number is of what was measured: so many times what exceeds so much.
UNITS = {
    "": (1, 0),
    "us": (1e-3, 0),
    "ms": (1e-6, 0),
    "KB": (1e-3, 0),
    "KiB": (1 / 1024, 0),
    "MB": (1e-6, 0),
    "MiB": (1 / 1048576, 0),
    "%": (100, 0),
    "% more": (100, 1),
}


def plain(text):
    return float(text.replace(",", ""))


def digits(text):
    return len(text.partition(".")[2])


def literal(piece):
    """A pattern for this text, in which white space is any."""
    return "".join(r"\s+" if part.isspace() else re.escape(part) for part in re.split(r"(\s+)", piece))


def rounded(value, up):
    """Outwards to two digits, or to 0.05 about 1, as text."""
    if value <= 0:
        return "0"
    step = 0.05 if 0.5 <= value < 2 else 10.0 ** (math.floor(math.log10(value)) - 1)
    value = (math.ceil if up else math.floor)(round(value / step, 6)) * step
    return f"{value:,.{max(0, -math.floor(math.log10(step) + 1e-9))}f}" if step < 1 else f"{value:,.0f}"


class Said:
    """A figure as a page says it: from `start` to `end` of its text."""

    def __init__(self, name, unit, match, group):
        self.name = name
        self.factor, self.offset = UNITS[unit or ""]
        self.text = match.group(group)
        self.start, self.end = match.span(group)
        self.bound, self.low, self.high = SAID.fullmatch(self.text).groups()

    def values(self, measured):
        """In the page's unit; None when nothing measured it."""
        names = fnmatch.filter(measured, self.name)
        return [(value - self.offset) * self.factor for name in names for value in measured[name]] or None

    def example(self):
        """A measurement that fits."""
        middle = (plain(self.low) + plain(self.high or self.low)) / 2
        return middle / self.factor + self.offset

    def holds(self, values):
        half = 0.5 * 10.0 ** -max(digits(self.low), digits(self.high or ""))
        low, high = plain(self.low), plain(self.high or self.low)
        if self.bound:
            return max(values) <= high + half
        if self.high is None:
            return all(abs(value - low) <= max(ABOUT * low, half) for value in values)
        return low - half <= min(values) and max(values) <= high + half

    def shown(self, values):
        if values is None:
            return "-"
        low, high = f"{min(values):.3g}", f"{max(values):.3g}"
        return low if low == high else f"{low} to {high}"

    def written(self, values, runs):
        """What the page should say; as wide as a further run needs."""
        margin = 0.1 if runs < 3 else 0.05
        low, high = min(values), max(values)
        if self.bound:
            return self.bound + rounded(high * (1 + margin), True)
        if self.high is None:
            middle = sorted(values)[len(values) // 2]
            places = max(0, 1 - math.floor(math.log10(middle))) if middle > 0 else 0
            return f"{round(middle, 1 - math.floor(math.log10(middle))) if middle > 0 else 0:,.{places}f}"
        return f"{rounded(low * (1 - margin), False)} to {rounded(high * (1 + margin), True)}"


class Where:
    """A template in its page: the figures found, or the error."""

    def __init__(self, name, template, text):
        self.page = name
        self.error = None
        self.figures = []
        fields = FIELD.findall(template)
        pieces = [literal(piece) for piece in FIELD.split(template)[::3]]
        pattern = pieces[0] + "".join(f"(?P<f{i}>{ANY})" + piece for i, piece in enumerate(pieces[1:]))
        found = list(re.finditer(pattern, text))
        if len(found) != 1:
            self.error = f"{'nothing reads' if not found else 'more than one place reads'} \"{template}\""
            return
        self.start, self.end = found[0].span()
        self.figures = [Said(name, unit, found[0], f"f{i}") for i, (name, unit) in enumerate(fields)]


def find(source, figures):
    return [Where(name, template, (source / name).read_text(encoding="utf-8")) for name, template in figures]


def uncovered(source, table):
    """Lines of tables in the pages that are all figures, of which no template has anything."""
    wrong = []
    for name in table.PAGES_OF_FIGURES:
        text = (source / name).read_text(encoding="utf-8")
        spans = [(where.start, where.end) for where in find(source, table.FIGURES) if where.page == name and not where.error]
        offset = 0
        theirs = False  # tests/bench/peers writes its tables itself
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            theirs = (theirs or "<!-- peers" in line) and "<!-- /peers" not in line
            cells = line.strip().strip("|").split("|")[1:]
            if not theirs and line.startswith("| ") and re.search(r"\d", " ".join(cells[:-1] or cells)) and "---" not in line:
                if not any(start < offset + len(line) and offset < end for start, end in spans):
                    wrong.append(f"{name}:{number}")
            offset += len(line)
    return wrong


def write(source, figures, measured, runs):
    """Puts what was measured in the place of what the pages say."""
    for name in sorted({name for name, _ in figures}):
        path = source / name
        text = path.read_text(encoding="utf-8")
        said = [one for where in find(source, figures) if where.page == name for one in where.figures]
        for one in sorted(said, key=lambda one: one.start, reverse=True):
            values = one.values(measured)
            if values is not None and not (one.high is None and not one.bound and one.holds(values)):
                text = text[:one.start] + one.written(values, runs) + text[one.end:]
        path.write_text(text, encoding="utf-8")
