"""What the benchmarks found: printed as it comes, and kept for docs/benchmarks.md."""

import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
FINDINGS = ROOT / "bench" / "findings"  # <benchmark>.md: what the profile says about its cells
median = statistics.median


class Report:
    """Rows of one benchmark."""

    def __init__(self, name, claim):
        self.name, self.claim, self.rows = name, claim, []
        print(f"\n== {name}: {claim}\n{'':46} {'ours':>9} {'rival':>9} {'':7} {'ratio':>6} {'CPU a byte':>11}", flush=True)

    def compare(self, label, rival, pair, figure, unit, goal=None, most_cpu=None):
        """A row: both medians, the ratio (median of the pairs), what the servers used of the processor, and what was promised.

        pair        two lists of what `measured` gave, ours and the rival's
        goal        the least ratio promised; None: nothing
        most_cpu    the most processor time a byte promised, as a ratio"""
        ours, theirs = pair
        ratio = median(figure(a) / figure(b) for a, b in zip(ours, theirs))
        cpu = cost(ours) / cost(theirs) if cost(ours) and cost(theirs) else None
        verdicts = [] if goal is None else [(f"≥ {goal:g}", ratio >= goal)]
        if most_cpu is not None and cpu is not None:
            verdicts.append((f"CPU ≤ {most_cpu:g}", cpu <= most_cpu))
        self.row(label, median(map(figure, ours)), f"{median(map(figure, theirs)):.4g} ({rival})", unit, ratio, cpu, verdicts)

    def promise(self, label, value, unit, most, least=None):
        """A row of ours alone beside what was promised: at most `most`, or at least `least`."""
        verdict = (f"≤ {most:g}", value <= most) if least is None else (f"≥ {least:g}", value >= least)
        self.row(label, value, "", unit, None, None, [verdict])

    def tell(self, label, value, unit):
        """A row that promises nothing."""
        self.row(label, value, "", unit, None, None, [])

    def row(self, label, ours, rival, unit, ratio, cpu, verdicts):
        cells = [label, f"{ours:.4g}", rival, unit, "" if ratio is None else f"{ratio:.2f}", "" if cpu is None else f"{cpu:.2f}",
                 ", ".join(f"{text} {'held' if held else 'MISSED'}" for text, held in verdicts)]
        self.rows.append(cells)
        print(f"{cells[0]:46} {cells[1]:>9} {cells[2].split(' ')[0]:>9} {cells[3]:7} {cells[4]:>6} {cells[5]:>11}  {cells[6]}", flush=True)


def cost(runs):
    """Seconds of processor a server used for a byte; 0 where it is too little to tell."""
    spent = sum(run.get("server_cpu", 0) for run in runs)
    return spent / max(1, sum(run["bytes"] for run in runs))


def facts(machine):
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return f"{time.strftime('%Y-%m-%d')}, after commit {commit}: {machine}."


def section(report, machine):
    lines = [f"## {report.name}", "", report.claim, "", facts(machine), "", "| work | Fleeting Files | rival | | ratio | CPU a byte | promised |",
             "|---|--:|--:|---|--:|--:|---|"]
    lines += ["| " + " | ".join(cell.replace("MISSED", "**missed**") for cell in row) + " |" for row in report.rows]
    found = FINDINGS / f"{report.name}.md"
    return "\n".join([*lines, "", *([found.read_text().strip(), ""] if found.exists() else [])])


def write_page(reports, machine, order):
    """Writes these into docs/benchmarks.md. What else is there stays: each section says when and where it was measured."""
    sections = {part.split("\n")[0]: f"## {part}" for part in PAGE.read_text().split("\n## ")[1:]}
    sections |= {report.name: section(report, machine) for report in reports}
    intro = ("# Benchmarks\n\nWritten by `script/bench --write`; don't edit. What is said below a table comes from `bench/findings/`.\n\n"
             "Servers and load generators share the cores. Each cell is the median of at least five rounds, ours and the rival's in turns; a ratio "
             "is the median of the rounds' ratios, above 1 where we do more. `CPU a byte` is what our server used of the processor for each byte "
             "over what the rival used: below 1 is less.\n")
    PAGE.write_text("\n".join([intro, *(sections[name].rstrip() + "\n" for name in order if name in sections)]))
    print(f"\nwritten: {PAGE.relative_to(ROOT)}")
