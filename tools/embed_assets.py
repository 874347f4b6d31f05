#!/usr/bin/env python3
"""Turns the built page into a table that the linker carries: src/app/embedded_assets.hpp says what it looks like."""

import argparse
import hashlib
import json
import pathlib


MEDIA_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
               ".json": "application/json"}


def plain_files(openapi: str, admin: str):
    """Yields (path, file) of what is embedded as it is: the description, and the operator's files under admin/."""
    if openapi:
        yield "openapi.json", pathlib.Path(openapi)
    for name in filter(None, admin.split(";")):
        yield f"admin/{pathlib.Path(name).name}", pathlib.Path(name)


def entries(dist: str, openapi: str, admin: str = ""):
    """Yields (path, media type, etag, hashed, [identity, gzip, brotli files or None])."""
    manifest = pathlib.Path(dist, "manifest.json") if dist else None
    for row in json.loads(manifest.read_text()) if manifest else []:
        file = pathlib.Path(dist, row["path"])
        encoded = [pathlib.Path(f"{file}.{ext}") if row[ext] else None for ext in ("gz", "br")]
        yield row["path"], row["media_type"], row["etag"], row["hashed"], [file, *encoded]
    for path, file in plain_files(openapi, admin):
        yield path, MEDIA_TYPES[file.suffix], hashlib.sha256(file.read_bytes()).hexdigest(), False, [file, None, None]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", default="")
    parser.add_argument("--openapi", default="", help="the members' description")
    parser.add_argument("--admin", default="", help="the operator's files, with semicolons between")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    assembly = ['.section .note.GNU-stack,"",@progbits', ".section .rodata"]
    declared, rows = [], []
    for number, (path, media_type, etag, hashed, files) in enumerate(sorted(entries(args.dist, args.openapi, args.admin))):
        spans = []
        for name, file in zip(("identity", "gzip", "brotli"), files):
            if file is None:
                spans.append("{}")
                continue
            symbol = f"fleeting_page_{number}_{name}"
            assembly += [".balign 16", f".global {symbol}", f"{symbol}:", f'.incbin "{file.resolve()}"']
            declared.append(f"extern std::byte const {symbol}[];")
            spans.append(f"{{{symbol}, {file.stat().st_size}}}")
        rows.append(f'    {{"{path}", "{media_type}", "{etag}", {", ".join(spans)}, {str(hashed).lower()}}},')

    out = pathlib.Path(args.out)
    (out / "embedded_assets.S").write_text("\n".join(assembly) + "\n")
    (out / "embedded_assets.cpp").write_text("\n".join([
        '#include "app/embedded_assets.hpp"', "", 'extern "C" {', *declared, "}", "", "namespace fleeting::app {", "",
        "std::span<EmbeddedAsset const> embedded_assets()", "{",
        f"    static EmbeddedAsset const kAssets[{max(len(rows), 1)}] = {{", *rows, "    };",
        f"    return {{kAssets, {len(rows)}}};", "}", "", "}  // namespace fleeting::app", ""]))


if __name__ == "__main__":
    main()
