#!/usr/bin/env python3
"""pack.py ARCHIVE SECONDS PROGRAM FILE...: a .tar.gz or .zip that is the same whenever its files are.

Names without directories, in order; one time, SECONDS after the epoch; no owner. PROGRAM may be executed.
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


archive, seconds, program, *others = sys.argv[1:]
entries = [(Path(program).name, 0o755, Path(program).read_bytes())]
entries += [(Path(other).name, 0o644, Path(other).read_bytes()) for other in others]
entries.sort()
make = zipped if archive.endswith(".zip") else tar
Path(archive).write_bytes(make(entries, int(seconds)))
