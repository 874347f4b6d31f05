#!/usr/bin/env python3
"""Tests of the tools: python3 tools/tools_test.py."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import count_tests
import tidy

TOOLS = pathlib.Path(__file__).resolve().parent


class CountTests(unittest.TestCase):
    def count(self, text, code=0, reports={}):
        with tempfile.TemporaryDirectory() as name:
            for program, report in reports.items():
                pathlib.Path(name, f"{program}.xml").write_text(report)
            return count_tests.count_step(text, code, pathlib.Path(name))

    def test_a_step_without_counts_is_one_test(self):
        self.assertEqual(self.count("layers: every arrow points down\n"), (1, 0))
        self.assertEqual(self.count("boom\n", code=1), (0, 1))

    def test_a_program_counts_as_its_tests(self):
        text = "1/2 Test #1: unit_http ........   Passed    0.2 sec\n2/2 Test #2: names_fuzz .......   Passed    0.0 sec\n"
        self.assertEqual(self.count(text, reports={"unit_http": '<testsuites tests="40" failures="0" disabled="1" errors="0"/>'}), (40, 0))

    def test_a_failed_and_a_crashed_program_are_failures(self):
        text = "1/2 Test #1: unit_http .......***Failed    0.2 sec\n2/2 Test #12: unit_api ....***Exception: SegFault  0.0 sec\n"
        self.assertEqual(self.count(text, 8, {"unit_http": '<testsuites tests="40" failures="3" disabled="0" errors="0"/>'}), (37, 4))

    def test_node_and_playwright(self):
        self.assertEqual(self.count("# tests 5\n# pass 4\n# fail 1\n", 1), (4, 1))
        self.assertEqual(self.count("ℹ tests 5\nℹ pass 5\nℹ fail 0\n"), (5, 0))
        self.assertEqual(self.count("  1 failed\n    a.spec.ts:3:1 › drops\n  7 passed (12.3s)\n", 1), (7, 1))

    def test_a_runner_that_dies_after_its_count_is_a_failure(self):
        self.assertEqual(self.count("# pass 4\n# fail 0\n", 1), (4, 1))


class Tidy(unittest.TestCase):
    def test_a_file_is_read_again_when_anything_it_hangs_on_has_changed(self):
        with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as other:
            def key(root, around=b"19", flags="", **changed):
                files = {"a/a.cpp": '#include "a/a.hpp"\n', "a/a.hpp": '#include "b/b.hpp"\n', "b/b.hpp": "int b;\n", "c.hpp": "", **changed}
                for path, text in files.items():
                    file = pathlib.Path(root, "src", path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
                tidy.read.cache_clear()
                return tidy.key_of(pathlib.Path(root, "src/a/a.cpp"), f"clang++ -I{root}/src {flags}", around, pathlib.Path(root))

            first = key(name)
            self.assertEqual(key(name), first)
            self.assertEqual(key(other), first, "another checkout")
            self.assertEqual(key(name, **{"c.hpp": "int c;"}), first, "not included")
            for change in ({"b/b.hpp": "int c;\n"}, {"a/a.cpp": '#include "a/a.hpp"\nint x;\n'}):
                self.assertNotEqual(key(name, **change), first, change)
            self.assertNotEqual(key(name, around=b"20"), first)
            self.assertNotEqual(key(name, flags="-O2"), first)


class EmbedAssets(unittest.TestCase):
    def embed(self, folder, out):
        subprocess.run([sys.executable, TOOLS / "embed_assets.py", f"--dist={folder or ''}", "--openapi=", f"--out={out}"], check=True)
        return (out / "embedded_assets.cpp").read_text(), (out / "embedded_assets.S").read_text()

    def test_the_table_is_sorted_and_the_same_each_time(self):
        with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as other:
            folder, out = pathlib.Path(name), pathlib.Path(other)
            rows = [{"path": path, "media_type": "text/html", "hashed": path != "index.html", "etag": "e", "gz": path == "index.html",
                     "br": False} for path in ("index.html", "assets/app-1.js")]
            (folder / "assets").mkdir()
            for file in ("index.html", "index.html.gz", "assets/app-1.js"):
                (folder / file).write_text(file)
            (folder / "manifest.json").write_text(json.dumps(rows))
            first = self.embed(folder, out)
            (folder / "manifest.json").write_text(json.dumps(rows[::-1]))
            self.assertEqual(first, self.embed(folder, out))
            self.assertLess(first[0].index("assets/app-1.js"), first[0].index("index.html"))
            self.assertIn("return {kAssets, 2};", first[0])
            self.assertEqual(first[1].count(".incbin"), 3)

    def test_no_page_is_an_empty_table(self):
        with tempfile.TemporaryDirectory() as out:
            self.assertIn("return {kAssets, 0};", self.embed(None, pathlib.Path(out))[0])


if __name__ == "__main__":
    unittest.main()
