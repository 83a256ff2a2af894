#!/usr/bin/python3
"""Makes canonical vectors again with the encoder of chapter 9 and compares.

    canonical.py [NAME...]    vectors of vectors/manifest.json whose names start so; default all

Vectors made with options that the chapter's program does not have (named methods, profiles) are
passed over; those that hold zstd payloads are compared by what they decode to, because their bytes
depend on libzstd. Exit 1 on a difference.
"""
import io
import json
import pathlib
import sys

sys.dont_write_bytecode = True
import pseudocode  # noqa: E402

VECTORS = pathlib.Path(__file__).resolve().parent.parent.parent / "vectors"
NOT_HERE = {"--method", "--profile"}


class Stream:
    def __init__(self, data=b""):
        self.buffer = io.BytesIO(data)


def run(names, words, data):
    """The module's main() over bytes: exit status and output."""
    before = sys.stdin, sys.stdout
    sys.stdin, sys.stdout = Stream(data), Stream()
    try:
        status = names["main"](words)
        return status, sys.stdout.buffer.getvalue()
    finally:
        sys.stdin, sys.stdout = before


def main():
    names = {"__name__": "spec_decoder"}
    exec(compile(pseudocode.module(), "spec_decoder.py", "exec"), names)
    rows = json.loads((VECTORS / "manifest.json").read_text(encoding="utf-8"))["vectors"]
    wanted = tuple(sys.argv[1:]) or ("",)
    compared = 0
    wrong = 0
    for row in rows:
        if not row["encode"] or not row["name"].startswith(wanted):
            continue
        words = row["encode"]["arguments"]
        if NOT_HERE & set(words):
            continue
        frame = (VECTORS / row["file"]).read_bytes()
        _, content = run(names, ["decode"], frame)
        _, again = run(names, ["encode"] + words, content)
        good = again == frame
        if not good and not row["encode"].get("exact", True):
            good = run(names, ["decode"], again) == (0, content)
        compared += 1
        if not good:
            wrong += 1
            print("FAIL %s: have %d bytes, want %d bytes" % (row["name"], len(again), len(frame)))
    print("%d of %d" % (compared - wrong, compared))
    return 1 if wrong or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
