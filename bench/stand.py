"""What every benchmark stands on: a quiet network, the load generators, turns.

Both sides of a comparison run on the same loopback with the same congestion control: where the system's default is BBR, its
pacing holds loopback back (2.7 GB/s instead of 6-9), so that a run in a network namespace of its own changes it. As many
threads or workers on either side as there are cores."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from servers import BUILD, CORES, ROOT

CONTROL = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")


def enter_quiet_network():
    """Runs this program again in a network namespace without pacing. Where that isn't allowed it goes on, and says so."""
    if os.environ.get("BENCH_INSIDE") or CONTROL.read_text().strip() in ("cubic", "reno"):
        return
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    inner = ("ip link set lo up; for c in cubic reno; do echo $c 2>/dev/null > " + str(CONTROL) + " && break; done 2>/dev/null; "
             'exec "$@"')
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode == 0:
        os.environ["BENCH_INSIDE"] = "1"
        sys.stdout.flush()
        os.execvp(unshare[0], [*unshare, "bash", "-c", inner, "bench", sys.executable, *sys.argv])
    print("note: no network namespace here; the system's congestion control stays")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    system = subprocess.run(["df", "--output=fstype", tempfile.gettempdir()], capture_output=True, text=True).stdout.split()[-1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (f"{CORES} cores of {model}, {memory:.0f} GiB of memory, Linux {os.uname().release.split('-')[0]}, files on {system}, loopback with "
            f"{CONTROL.read_text().strip()}")


def generate(program, port, headers, **options):
    """One run of a load generator: what it saw. An option that is True is a flag."""
    command = [BUILD / "bench" / program, *([options.pop("kind")] if "kind" in options else []), "--port", str(port)]
    for key, value in options.items():
        command += ["--" + key.replace("_", "-"), *([] if value is True else [str(value)])]
    for name, value in dict(headers).items():
        command += ["--header", f"{name}: {value}"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr)
    seen = json.loads(run.stdout)
    if seen["refused"]:
        raise RuntimeError(f"{seen['refused']} of {seen['requests']} answers were refusals")
    return seen


def load(kind, port, headers=(), **options):
    """HTTP by bench_http: get, put, hold, trickle, sip."""
    return generate("bench_http", port, headers, kind=kind, **options)


def tus(port, headers=(), **options):
    """Uploads by bench_tus."""
    return generate("bench_tus", port, headers, **options)


def over_tls(server, headers, path, connections, seconds):
    """GET by wrk, which speaks TLS: what bench_http would have seen."""
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "60s", "--script",
               ROOT / "bench" / "wrk.lua", *(part for name, value in dict(headers).items() for part in ("--header", f"{name}: {value}")),
               f"https://127.0.0.1:{server.port}{path}"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    seen = json.loads(run.stdout.strip().splitlines()[-1])
    if seen["refused"]:
        raise RuntimeError(f"{seen['refused']} errors")
    return seen


def in_turns(rounds, ours, rival):
    """Runs both `rounds` times, each first as often as the other. Two lists of what they gave, after one round that doesn't count."""
    seen = ([], [])
    for turn in range(rounds + 1):
        for side in ((0, 1), (1, 0))[turn % 2]:
            value = (ours, rival)[side]()
            if turn > 0:
                seen[side].append(value)
    return seen


def measured(server, run):
    """Runs `run()` and adds what the server used of the processor for it."""
    before = server.cpu()
    seen = run()
    seen["server_cpu"] = server.cpu() - before
    return seen


def megabytes_a_second(seen):
    return seen["bytes"] / seen["seconds"] / 1e6


def thousands_a_second(seen):
    return seen["requests"] / seen["seconds"] / 1e3
