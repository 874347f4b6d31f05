"""What every benchmark stands on: servers started on folders of their own, the load generator, turns, medians, a table.

Both sides of a comparison run on the same loopback with the same congestion control: where the system's default is BBR, its
pacing holds loopback back (2.7 GB/s instead of 6-9), so that a run in a network namespace of its own changes it. As many
threads or workers on either side as there are cores."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
CORES = os.cpu_count() or 1
CONTROL = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")
HIGH = "1000000/1ms"  # a rate limit that is none


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


def describe():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    print(f"{CORES} cores of {model}, loopback with {CONTROL.read_text().strip()}, data in {tempfile.gettempdir()}", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_of(pid):
    """A process and its children."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += [child for text in task.read_text().split() for child in processes_of(int(text))]
    return found


class Server:
    """A process that listens on `port`, in `folder`, which goes when it stops."""

    def __init__(self, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="fleeting-bench-"))
        self.port = free_port()

    def start(self, command, environment=None, probe="/readyz"):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=self.log, stderr=self.log,
                                        cwd=self.folder)
        while self.process.poll() is None:
            try:
                self.request("GET", probe)
                return self
            except OSError:
                time.sleep(0.0005)
        raise RuntimeError((self.folder / "log").read_text())

    def request(self, method, path, body=None, headers=None, port=None):
        """(status, headers, body) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def cpu(self):
        """Processor seconds used so far, children included."""
        total = 0
        for pid in processes_of(self.process.pid):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Bytes of memory that are this server's own or its share of what it shares, children included."""
        total = 0
        for pid in processes_of(self.process.pid):
            for line in open(f"/proc/{pid}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        self.log.close()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Fleeting(Server):
    name = "fleeting"

    def __init__(self, folder=None, **settings):
        super().__init__(folder)
        self.metrics_port = free_port()
        own = {"listen": f"127.0.0.1:{self.port}", "data_dir": self.folder / "data", "metrics_listen": f"127.0.0.1:{self.metrics_port}",
               "threads": CORES, "connections_per_address": 100_000, "max_connections": 100_000, "disk_floor_percent": 0,
               "room_size_limit": 1 << 40, "file_count_limit": 100_000, "room_ttl_min": "1s", "rate_create_hour": HIGH,
               "rate_create_day": HIGH, "rate_join_room": HIGH, "rate_join_network": HIGH, **settings}
        self.start([BUILD / "fleeting", "serve"], {"FLEETING_" + key.upper(): str(value) for key, value in own.items()})

    def room(self, **wish):
        """A new room: its name, the headers that open it, and the rest of the answer."""
        status, _, body = self.request("POST", "/api/v1/rooms", json.dumps(wish))
        if status != 201:
            raise RuntimeError(body)
        made = json.loads(body)
        return made["room"]["name"], {"Authorization": "Bearer " + made["session"]["token"]}, made

    def add_file(self, room, headers, name, body):
        status, _, answer = self.request("PUT", f"/{room}/{name}", body, headers)
        if status != 201:
            raise RuntimeError(answer)

    def link(self, room, headers, name):
        """The path of a link to a file: it works for ten seconds."""
        _, _, body = self.request("GET", f"/api/v1/rooms/{room}", headers=headers)
        file = next(file["id"] for file in json.loads(body)["files"] if file["name"] == name)
        status, answer, _ = self.request("GET", f"/api/v1/rooms/{room}/files/{file}/content", headers=headers)
        if status != 302:
            raise RuntimeError(status)
        return answer["Location"]

    def metrics(self):
        return self.request("GET", "/metrics", port=self.metrics_port)[2].decode()


class Nginx(Server):
    """The rival: sendfile, tcp_nopush, DAV PUT, `return 200`; nothing is logged. `cached` keeps files open between requests."""

    name = "nginx"

    def __init__(self, cached=False):
        super().__init__()
        cache = "open_file_cache max=1000 inactive=60s;" if cached else ""
        root = self.folder / "data"
        root.mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(f"""
            {user} worker_processes {CORES}; daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
            events {{ worker_connections 20000; }}
            http {{
                access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 600;
                {cache} client_max_body_size 0; default_type application/octet-stream;
                client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy; fastcgi_temp_path {self.folder}/fcgi;
                uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
                server {{
                    listen 127.0.0.1:{self.port} reuseport backlog=4096; root {root};
                    location = /healthz {{ default_type application/json; return 200 '{{"status":"ok"}}'; }}
                    location / {{ dav_methods PUT DELETE; create_full_put_path on; }}
                }}
            }}""")
        self.start(["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"], probe="/healthz")

    def add_file(self, name, body):
        (self.folder / "data" / name).write_bytes(body)


def load(kind, port, headers=(), **options):
    """One run of the load generator: what it saw."""
    command = [BUILD / "bench" / "bench_load", kind, "--port", str(port)]
    for key, value in options.items():
        command += ["--" + key.replace("_", "-"), str(value)]
    for name, value in dict(headers).items():
        command += ["--header", f"{name}: {value}"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr)
    seen = json.loads(run.stdout)
    if seen["refused"]:
        raise RuntimeError(f"{seen['refused']} of {seen['requests']} answers were refusals")
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


median = statistics.median


def compare(label, ours, rival, figure, unit, goal):
    """Prints a line: both medians, the ratio (median of the pairs), and what was promised."""
    ratio = median(figure(a) / figure(b) for a, b in zip(ours, rival))
    verdict = "" if goal is None else f"  (promised {goal:.2f}: {'held' if ratio >= goal else 'MISSED'})"
    cost = median(a["server_cpu"] / a["requests"] for a in ours) / max(1e-9, median(b["server_cpu"] / b["requests"] for b in rival))
    print(f"{label:34} {median(map(figure, ours)):10.1f} {median(map(figure, rival)):10.1f} {unit:7} x{ratio:5.2f}"
          f"   cpu/request x{cost:4.2f}{verdict}", flush=True)


def promise(label, value, unit, most):
    """Prints one figure of ours beside what was promised."""
    print(f"{label:50} {value:10.2f} {unit:5} (promised at most {most:g}: {'held' if value <= most else 'MISSED'})", flush=True)
