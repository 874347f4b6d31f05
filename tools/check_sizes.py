#!/usr/bin/env python3
"""Reports C++ files, functions and parameter lists that have outgrown one thought, and fails on those far beyond it.

A rough reading: it blanks comments and literals, matches braces, and takes a block for a function when a parameter list
stands before it at namespace or class level. Lambdas count as part of the function they stand in. With --self-test it
checks itself."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# (look again above, fail above), in lines
SOURCE, HEADER, TEST = (300, 400), (200, 300), (400, 500)
FUNCTION, PARAMETERS = (40, 60), (4, 5)

BLANKED = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)" | "(?:\\.|[^"\\\n])*" | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'""",
    re.VERBOSE | re.DOTALL)
SCOPE = re.compile(r"\s*(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b", re.DOTALL)
LABELS = re.compile(r"\s*(?:(?:public|private|protected)\s*:\s*)*")
NAME = re.compile(r"(operator\s*(?:\(\)|[^\w\s(]+)|~?\w+)\s*$")
NO_FUNCTION = {"if", "for", "while", "switch", "catch", "noexcept", "requires", "alignas", "decltype", "explicit", "operator"}


def blanked(text):
    """`text` with comments, literals and directives emptied, every line break kept."""
    text = BLANKED.sub(lambda found: "\n" * found[0].count("\n"), text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda found: "\n" * found[0].count("\n"), text, flags=re.MULTILINE)


def end_of(text, start):
    """The position of the brace or parenthesis that closes the one at `start`."""
    opening, closing = text[start], {"{": "}", "(": ")"}[text[start]]
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return position
    return len(text) - 1


def signature(head):
    """(name, text of the parameter list) where `head` is that of a function, else None."""
    position = 0
    while (position := head.find("(", position)) >= 0:
        end = end_of(head, position)
        name = NAME.search(head[:position])
        if name and name[1] not in NO_FUNCTION:
            return name[1], head[position + 1:end]
        position = end + 1
    return None


def count_parameters(inside):
    """How many parameters the list holds: commas outside every kind of bracket, plus one."""
    if inside.strip() in ("", "void"):
        return 0
    for pattern in (r"<[^<>()]*>", r"\([^()]*\)", r"\{[^{}]*\}", r"\[[^\[\]]*\]"):
        before = None
        while before != inside:
            before, inside = inside, re.sub(pattern, "", inside)
    return inside.count(",") + 1


def functions(text):
    """Yields (name, line of its head, lines from head to closing brace, parameters) of every function in `text`."""
    text = blanked(text)
    start = position = 0  # of the head of what comes next
    while position < len(text):
        char = text[position]
        if char == "(":
            position = end_of(text, position)
        elif char in ";}":
            start = position + 1
        elif char == "{":
            before = text[start:position]
            if before[-1:].isalnum() or before[-1:] in ("_", ">") or before.rstrip()[-1:] in ("=", ","):
                position = end_of(text, position)  # an initialiser: clang-format glues its brace, and no block's
            else:
                start += LABELS.match(before).end()
                head, end = text[start:position], end_of(text, position)
                found = signature(head)
                if SCOPE.match(head) or not head.strip():
                    end = position  # look for functions inside
                elif found:
                    yield found[0], text.count("\n", 0, start) + 1, text.count("\n", start, end) + 1, count_parameters(found[1])
                position, start = end, end + 1
        position += 1


def findings(name, text):
    """Yields (is it a failure, sentence) for one file. `name` is its path in the project."""
    is_test = not name.startswith("src/")
    look, fail = TEST if is_test else HEADER if name.endswith(".hpp") else SOURCE
    lines = text.count("\n")
    if lines > look:
        yield lines > fail, f"{name}: {lines} lines (look again above {look}, fails above {fail})"
    if is_test:
        return
    for function, first, length, parameters in functions(text):
        if length > FUNCTION[0]:
            yield length > FUNCTION[1], f"{name}:{first}: {function} has {length} lines (fails above {FUNCTION[1]})"
        if parameters > PARAMETERS[0]:
            yield parameters > PARAMETERS[1], f"{name}:{first}: {function} takes {parameters} parameters (fails above {PARAMETERS[1]})"


SAMPLE = '''
#include <map>
#define BRACE {
namespace a::b {
// a comment with { and "quotes
struct S : Base {
    S(int x, std::map<int, long> y) : x_{x}, y_(std::move(y))
    {
        call();
    }
    bool operator==(S const&) const = default;
    int get() const noexcept(true) { return x_; }
    char c_ = '{';
    std::array<int, 2> pair_{1, 2};
private:
    static std::function<void(int, int)> const table_;
};
enum class E { a, b };
int kTable[] = {1, 2};
template <class T>
Task<void> S::run(T a, std::function<void(int, int)> b = {}, int c = f(1, 2))
{
    auto text = R"(} } })";
    auto big = 1'000'000;
    if (a) {
        go([&](int d) { return d; });
    }
}
}  // namespace a::b
'''


def self_test():
    found = [(name, length, parameters) for name, _, length, parameters in functions(SAMPLE)]
    assert found == [("S", 4, 2), ("get", 1, 0), ("run", 9, 3)], found
    body = "\n".join("    f();" for _ in range(60))
    assert [bad for bad, _ in findings("src/a/x.cpp", f"void long_one()\n{{\n{body}\n}}\n")] == [True]
    assert [bad for bad, _ in findings("src/a/x.cpp", "void f(int a, int b, int c, int d, int e, int g)\n{{\n}}\n")] == [True]
    assert [bad for bad, _ in findings("src/a/x.cpp", "void f(int a, int b, int c, int d, int e)\n{\n}\n")] == [False]
    assert [bad for bad, _ in findings("src/a/x.cpp", "\n" * 401)] == [True]
    assert [bad for bad, _ in findings("src/a/x.hpp", "\n" * 301)] == [True]
    assert [bad for bad, _ in findings("src/a/x.hpp", "\n" * 201)] == [False]
    assert [bad for bad, _ in findings("tests/x_test.cpp", "\n" * 450)] == [False]
    print("sizes: self-test passed")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    failed = False
    for folder in ("src", "tests", "bench"):
        for file in sorted((ROOT / folder).rglob("*.[ch]pp")):
            for is_failure, sentence in findings(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")):
                print(("FAIL " if is_failure else "look ") + sentence)
                failed |= is_failure
    print("sizes: " + ("too large" if failed else "fine"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
