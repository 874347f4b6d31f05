#!/usr/bin/env python3
"""What the program is made of, as CycloneDX 1.5: sbom.py BUILD-FOLDER prints it as JSON.

The shared libraries that BUILD-FOLDER/fleeting is linked to and the packages whose headers were compiled into it, with the versions that
dpkg knows, and the npm packages of the page's lock file with the digests they are locked to. The time is that of SOURCE_DATE_EPOCH, so
that the same sources give the same text."""

import base64
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Of the compiler and the kernel: they go into every program, and are told apart by the compiler's own version.
NOT_OURS = re.compile(r"^(linux-libc-dev|libc6-dev|libstdc\+\+-\d+-dev|libclang-.*|clang-.*)$")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def linked_files(program):
    return {line.split(" => ")[1].split(" (")[0] for line in output_of("ldd", program).splitlines() if " => /" in line}


def included_files(build):
    """Headers outside the project that anything of the program was compiled from."""
    objects, found = None, set()
    for line in output_of("ninja", "-C", build, "-t", "deps").splitlines():
        if not line.startswith(" "):
            objects = line.split(":")[0]
        elif not objects.startswith(("tests/", "bench/")) and line.strip().startswith("/usr/include/"):
            found.add(line.strip())
    return found


def packages_of(files):
    """The names (with architecture) of the Debian packages that hold these files. Debian merged /lib into /usr/lib, dpkg didn't."""
    spellings = {path.removeprefix("/usr") if path.startswith("/usr/lib/") else path for path in map(os.path.realpath, files)}
    spellings |= {"/usr" + path for path in spellings if path.startswith("/lib/")}
    listed = subprocess.run(["dpkg", "-S", *sorted(spellings)], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout
    return {line.rsplit(": ", 1)[0].split(", ")[0] for line in listed.splitlines() if not line.startswith("diversion ")}


def debian_component(package, is_linked):
    name, version, architecture = output_of("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}", package).split()
    where = f"pkg:deb/debian/{urllib.parse.quote(name)}@{urllib.parse.quote(version)}?arch={architecture}"
    return component(name, version, where, [("fleeting:use", "linked" if is_linked else "headers")])


def npm_component(path, locked):
    name = path.rsplit("node_modules/", 1)[1]
    where = f"pkg:npm/{urllib.parse.quote(name, safe='/')}@{locked['version']}"
    found = component(name, locked["version"], where, [("fleeting:use", "page")])
    algorithm, digest = locked["integrity"].split("-", 1)
    found["hashes"] = [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}]
    if "license" in locked:
        found["licenses"] = [{"license": {"id": locked["license"]}}]
    return found


def component(name, version, where, properties):
    return {"type": "library", "bom-ref": where, "name": name, "version": version, "purl": where,
            "properties": [{"name": key, "value": value} for key, value in properties]}


def components(build):
    linked = packages_of(linked_files(build / "fleeting"))
    headers = {package for package in packages_of(included_files(build)) if not NOT_OURS.match(package.split(":")[0])}
    yield from (debian_component(package, True) for package in sorted(linked))
    yield from (debian_component(package, False) for package in sorted(headers - linked))
    for path, locked in sorted(json.loads((ROOT / "web/package-lock.json").read_text())["packages"].items()):
        if path and not locked.get("dev"):
            yield npm_component(path, locked)


def main():
    build = pathlib.Path(sys.argv[1])
    version = re.search(r"project\(fleeting VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    made = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", 0)), datetime.timezone.utc)
    json.dump({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
               "metadata": {"timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
                            "component": {"type": "application", "bom-ref": f"pkg:generic/fleeting@{version}", "name": "fleeting", "version": version}},
               "components": list(components(build))}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
