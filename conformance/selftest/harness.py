"""What the self-tests share: a bad adapter of bad.py as an executable."""
import pathlib
import shlex
import sys

BAD = pathlib.Path(__file__).resolve().parent / "bad.py"


def make_adapter(folder, name, ref):
    path = folder / name
    words = [sys.executable, str(BAD), name, str(ref)]
    path.write_text("#!/bin/sh\nSCAPE_NOTES=%s exec %s \"$@\"\n" % (
        shlex.quote(str(folder / "notes")), " ".join(map(shlex.quote, words))))
    path.chmod(0o755)
    return path
