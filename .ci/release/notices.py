#!/usr/bin/env python3
"""notices.py TARGET FILE: writes the licences of what is linked into the program for a target, the same for the same input.

The crates are those that cargo resolves for the target, without build dependencies, procedural macros and what is for tests.
Each has the texts that it is published with. One that has none gets the text of the Apache License, if it may be used under
that; any other one is an error, for a person to decide on. The standard library's notices are the compiler's own.
"""
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXTS = re.compile(r"(un)?licen[cs]e|copying|copyright|notice", re.IGNORECASE)
SUFFIXES = ("", ".md", ".txt")
RULE = "\n" + "-" * 80 + "\n\n"

# Target musl of the standard library has it inside (https://git.musl-libc.org/cgit/musl/tree/COPYRIGHT).
MUSL = """musl as a whole is licensed under the following standard MIT license:

Copyright © 2005-2020 Rich Felker, et al.

Permission is hereby granted, free of charge, to any person obtaining
a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to
permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be
included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.
IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT,
TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def die(what, hint):
    sys.exit(f"error: {what}\nhint: {hint}")


def said(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode()


def linked(target):
    """The packages whose code is in the program, by name and version."""
    arguments = ["--locked", "--format-version=1", f"--filter-platform={target}"]
    metadata = json.loads(said("cargo", "metadata", *arguments))
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]

    def is_macro(name):
        return any("proc-macro" in part["kind"] for part in packages[name]["targets"])

    found, left = {root}, [root]
    while left:
        for dependency in nodes[left.pop()]["deps"]:
            name = dependency["pkg"]
            is_normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_normal and not is_macro(name) and name not in found:
                found.add(name)
                left.append(name)
    found.discard(root)
    return sorted((packages[name] for name in found), key=lambda one: (one["name"], one["version"]))


def read(path):
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n") + "\n"


def texts(package):
    """The texts that a package is published with, or the Apache License; and those of others' code that it brings along."""
    directory = Path(package["manifest_path"]).parent
    own = {path for path in directory.iterdir() if TEXTS.match(path.name) and path.is_file()}
    if package["license_file"]:
        own.add(directory / package["license_file"])
    below = (path for path in directory.glob("*/**/*") if TEXTS.match(path.name) and path.suffix in SUFFIXES)
    others = {path for path in below if path.is_file()} - own
    others = [read(path) for path in sorted(others)]
    if own:
        return [read(path) for path in sorted(own)] + others
    choices = re.split(r" OR |/", package["license"] or "")
    if "Apache-2.0" in (choice.strip("() ") for choice in choices) and " AND " not in package["license"]:
        return [read(ROOT / "LICENSE")] + others
    die(
        f"{package['name']} {package['version']} ({package['license']}) is published without the text of its licence",
        "say in .ci/release/notices.py where its text is, or use another crate",
    )


class Words(HTMLParser):
    """The text of a page."""

    def __init__(self):
        super().__init__()
        self.words, self.hidden = [], 0

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in ("title", "style")
        self.words.append("- " if tag == "li" else "")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("title", "style")

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def of_library():
    sysroot = Path(said("rustc", "--print", "sysroot").strip())
    page = sysroot / "share/doc/rust/COPYRIGHT-library.html"
    if not page.is_file():
        die(f"there is no {page}", "it comes with rustc from rustup, 1.84 or later")
    words = Words()
    words.feed(read(page))
    lines = (line.strip() for line in "".join(words.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def main(target, file):
    packages = linked(target)
    users, first = {}, {}
    for package in packages:
        for text in texts(package):
            key = " ".join(text.split())
            first.setdefault(key, text)
            users.setdefault(key, []).append(f"{package['name']} {package['version']}")
    parts = [f"What is linked into kubectl-harden for {target}, and under which licences.\n\n" + "".join(
        f"{package['name']} {package['version']}: {package['license']}: {package['repository'] or 'crates.io'}\n"
        for package in packages
    ) + "The Rust Standard Library: MIT OR Apache-2.0: its notices are at the end\n"]
    parts += [f"{', '.join(dict.fromkeys(users[key]))}\n\n{text}" for key, text in first.items()]
    if target.endswith("-musl"):
        parts.append(f"musl libc\n\n{MUSL}")
    parts.append(of_library())
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_bytes(RULE.join(parts).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
