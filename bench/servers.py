"""The servers that are measured, each on a folder and a port of its own."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
CORES = os.cpu_count() or 1
HIGH = "1000000/1ms"  # a rate limit that is none


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
    """A process that listens on `port`, in `folder`, which goes when it stops. over_tls: with a certificate of its own."""

    def __init__(self, folder=None, over_tls=False):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="fleeting-bench-"))
        self.port = free_port()
        self.over_tls = over_tls
        if over_tls:
            self.certificate, self.key = self.folder / "cert.pem", self.folder / "key.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                            "-subj", "/CN=127.0.0.1", "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)

    def start(self, command, environment=None, probe="/readyz"):
        self.log = open(self.folder / "log", "ab")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLEETING_")}
        self.process = subprocess.Popen(command, env={**inherited, **(environment or {})}, stdout=self.log, stderr=self.log,
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
        if self.over_tls and port is None:
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        else:
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

    def __init__(self, folder=None, over_tls=False, **settings):
        super().__init__(folder, over_tls)
        self.metrics_port = free_port()
        own = {"listen": f"127.0.0.1:{self.port}", "data_dir": self.folder / "data", "metrics_listen": f"127.0.0.1:{self.metrics_port}",
               "threads": CORES, "connections_per_address": 100_000, "max_connections": 100_000, "disk_floor_percent": 0,
               "room_size_limit": 1 << 40, "file_count_limit": 100_000, "room_ttl_min": "1s", "rate_create_hour": HIGH,
               "rate_create_day": HIGH, "rate_join_room": HIGH, "rate_join_network": HIGH, "rooms_per_address": 1_000_000, **settings}
        if over_tls:
            own |= {"tls_certificate": self.certificate, "tls_key": self.key}
        self.start([BUILD / "fleeting", "serve"], {"FLEETING_" + key.upper(): str(value) for key, value in own.items()})

    def room(self, **wish):
        """A new room: its name, the headers that open it, and the rest of the answer."""
        status, _, body = self.request("POST", "/api/v1/rooms", json.dumps(wish))
        if status != 201:
            raise RuntimeError(body)
        made = json.loads(body)
        return made["room"]["name"], {"Authorization": "Bearer " + made["session"]["token"]}, made

    def end(self, room, headers):
        self.request("DELETE", f"/api/v1/rooms/{room}", headers=headers)

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

    def share_newest_blob(self, rival, name):
        """Has a rival serve the very bytes on disk that the last upload left: how a file came into the page cache changes what
        sending it costs."""
        blob = max((self.folder / "data" / "blobs").glob("*/*"), key=lambda path: path.stat().st_mtime_ns)
        os.link(blob, rival.folder / "data" / name)

    def metrics(self):
        return self.request("GET", "/metrics", port=self.metrics_port)[2].decode()


class Nginx(Server):
    """The rival: sendfile, tcp_nopush, DAV PUT, `return 200`; nothing is logged. `cached` keeps files open between requests."""

    name = "nginx"

    def __init__(self, cached=False, over_tls=False):
        super().__init__(over_tls=over_tls)
        cache = "open_file_cache max=1000 inactive=60s;" if cached else ""
        tls = f"ssl_certificate {self.certificate}; ssl_certificate_key {self.key}; ssl_protocols TLSv1.3;" if over_tls else ""
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
                    listen 127.0.0.1:{self.port} {'ssl' if over_tls else ''} reuseport backlog=4096; root {root}; {tls}
                    location = /healthz {{ default_type application/json; return 200 '{{"status":"ok"}}'; }}
                    location / {{ dav_methods PUT DELETE; create_full_put_path on; }}
                }}
            }}""")
        self.start(["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"], probe="/healthz")


class TusServer(Server):
    """@tus/server of npm with its file store: the protocol's own implementation in JavaScript."""

    name = "@tus/server"
    path = "/files"

    def __init__(self):
        super().__init__()
        self.start(["node", ROOT / "bench" / "tus_server" / "server.mjs", str(self.port), self.folder / "data"], probe="/")

    def clear(self):
        for file in (self.folder / "data").iterdir():
            file.unlink()
