#!/usr/bin/env python3
"""Reads sources with clang-tidy: tidy.py [FILE...]; without files every one of src/. Wants build/dev to be configured.

One takes some ten seconds of a core, so what was found clean is remembered (in ~/.cache/fleeting-tidy, as names of empty files): a file is read again
when it, a header of ours that it includes, its compile command, .clang-tidy, clang-tidy itself or a library's package has changed."""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import check_layers

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "fleeting-tidy"
KEPT_SECONDS = 60 * 86400
TIDY = "clang-tidy-19"
BUILD = ROOT / "build/dev"


@functools.cache
def read(path):
    return path.read_bytes()


def included(path, sources):
    """The file, and every header under `sources` that it includes, directly or not."""
    found, left = set(), [path]
    while left:
        file = left.pop()
        if file in found or not file.is_file():
            continue
        found.add(file)
        lines = map(check_layers.INCLUDE.match, read(file).decode().splitlines())
        left += [sources / line[1] for line in lines if line]
    return sorted(found)


def surroundings(root):
    """What every file's findings hang on."""
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    libraries = subprocess.run(["dpkg-query", "-W", "*-dev"], capture_output=True, check=True).stdout
    return version + libraries + read(root / ".clang-tidy")


def key_of(path, command, around, root):
    """The same in each checkout."""
    digest = hashlib.sha256(around + command.replace(str(root), "").encode())
    for file in included(path, root / "src"):
        digest.update(f"\0{file.relative_to(root)}\0{len(read(file))}\0".encode() + read(file))
    return digest.hexdigest()


def is_clean(path):
    done = subprocess.run([TIDY, "-p", BUILD, "--quiet", "--warnings-as-errors=*", path], capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def forget_old():
    now = time.time()
    for stamp in CACHE.iterdir():
        if now - stamp.stat().st_mtime > KEPT_SECONDS:
            stamp.unlink(missing_ok=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="*", type=pathlib.Path)
    commands = {entry["file"]: entry["command"] for entry in json.loads((BUILD / "compile_commands.json").read_text())}
    files = [path.resolve() for path in arguments.parse_args().files] or sorted((ROOT / "src").rglob("*.cpp"))
    around = surroundings(ROOT)
    stamps = {path: CACHE / key_of(path, commands.get(str(path), ""), around, ROOT) for path in files}
    unread = [path for path in files if not stamps[path].exists()]
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"tidy: {len(unread)} of {len(files)} files to read", flush=True)

    def examine(path):
        clean = is_clean(path)
        if clean:
            stamps[path].touch()
        return clean

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        clean = all(list(pool.map(examine, unread)))
    for path in set(files) - set(unread):
        stamps[path].touch()
    forget_old()
    sys.exit(0 if clean else 1)


if __name__ == "__main__":
    main()
