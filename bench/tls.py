"""The same over TLS 1.3, asked for by wrk, which decrypts on the same cores: where that is the limit, `CPU a byte` tells more."""

from downloads import SECONDS, compare_sizes
from servers import Fleeting, Nginx
from stand import over_tls

SIZES = {"1 KiB": (1 << 10, 0.95), "100 KiB": (100 << 10, 0.95), "1 MiB": (1 << 20, 0.95), "1 GiB": (1 << 30, 0.95)}


def run(report):
    def get(server, headers, path, connections):
        return over_tls(server, headers, path, connections, SECONDS)

    with Fleeting(over_tls=True) as ours, Nginx(over_tls=True) as rival:
        compare_sizes(report, (ours, rival), "nginx", get, SIZES, most_cpu=None)
