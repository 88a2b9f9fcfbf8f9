#!/usr/bin/env python3
"""pack.py ARCHIVE SECONDS PROGRAM PATH...: a .tar.gz or .zip that is the same whenever its files are.

Plain files in the order of their names; one time, SECONDS after the epoch; no owner. PROGRAM may be executed. Each PATH
stands at the top by its own name, a directory with the files in it.
"""
import gzip
import io
import sys
import tarfile
import time
import zipfile
from pathlib import Path


def tar(entries, seconds):
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, mode, data in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(data), mode, seconds
            archive.addfile(entry, io.BytesIO(data))
    # As gzip -n: neither a name nor a time.
    return gzip.compress(text.getvalue(), 9, mtime=0)


def zipped(entries, seconds):
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as archive:
        for name, mode, data in entries:
            entry = zipfile.ZipInfo(name, time.gmtime(seconds)[:6])
            entry.create_system = 3  # Unix, whatever packs it: the mode is kept
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
    return text.getvalue()


def files(path):
    return sorted(path.iterdir()) if path.is_dir() else [path]


archive, seconds, program, *others = sys.argv[1:]
entries = [(Path(program).name, 0o755, Path(program).read_bytes())]
for other in map(Path, others):
    entries += [(file.relative_to(other.parent).as_posix(), 0o644, file.read_bytes()) for file in files(other)]
entries.sort()
make = zipped if archive.endswith(".zip") else tar
Path(archive).write_bytes(make(entries, int(seconds)))
