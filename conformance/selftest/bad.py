#!/usr/bin/python3
"""A bad adapter, or rather many: each does one thing that the contract forbids.

    bad.py HOW REF VERB...      REF is a good adapter, which it asks first

What the runner must make of each HOW stands in selftest/run.
"""
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

MARK = "scape-bad-adapter-left-behind"


def forever():
    while True:
        time.sleep(1)


def spin():
    while True:
        pass


def flood(stream, count):
    piece = b"x" * (1 << 16)
    for _ in range(count):
        stream.write(piece)
    stream.flush()


def leave_child(session, keeps_pipes):
    """Leaves a process behind; with `session` one that has left its parent's session."""
    if os.fork() == 0:
        if session:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
        if not keeps_pipes:
            null = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(null, stream)
        os.execv("/bin/sh", ["sh", "-c", "sleep 1000; exit # " + MARK])


def die(number):
    os.kill(os.getpid(), number)
    forever()


def spin_in_threads():
    """Hashing leaves the interpreter's lock, so that these take several processors."""
    piece = bytes(1 << 24)
    for _ in range(4):
        threading.Thread(target=lambda: [hashlib.sha256(piece) for _ in iter(int, 1)]).start()


def allocate_in_children():
    """Each of them stays below the limit."""
    for _ in range(4):
        if os.fork() == 0:
            kept = bytearray(b"x" * (90 << 20))
            time.sleep(30)
            os._exit(len(kept) & 0)
    time.sleep(30)


def note_input():
    """Which file it reads, beside the adapter's own; one write, so that lines stay whole."""
    with open(os.environ["SCAPE_NOTES"], "a", encoding="utf-8") as file:
        file.write(os.readlink("/proc/self/fd/0") + "\n")


def allocate():
    kept = bytearray(b"x" * (400 << 20))
    time.sleep(0.3)
    return kept


# What each does with the right answer: takes status and output, gives them.
def off_by_one(code, out):
    return code, bytes([out[0] ^ 1]) + out[1:] if code == 0 and out else out


def short(code, out):
    return code, out[:-1] if code == 0 else out


def long(code, out):
    return code, out + b"\0" if code == 0 else out


def prints_first(code, out):
    return code, out if code == 0 else b"what?" + out


TAMPER = {
    "good": lambda code, out: (code, out),
    "accepts-all": lambda code, out: (0, out if code == 0 else b""),
    "wrong-class": lambda code, out: (71, b""),
    "unknown-class": lambda code, out: (code if code == 0 else 99, out),
    "status-1-for-errors": lambda code, out: (0, out) if code == 0 else (1, b""),
    "status-1-always": lambda code, out: (1, out),
    "status-200": lambda code, out: (200, b""),
    "off-by-one": off_by_one,
    "short": short,
    "long": long,
    "prints-then-fails": prints_first,
    "ignores-checksums": lambda code, out: (0 if code == 13 else code, out),
    "three-always": lambda code, out: (3, b""),
    "empty-always": lambda code, out: (0, b""),
}

# What each does before it answers rightly.
MISCHIEF = {
    "aborts": lambda: die(signal.SIGABRT),
    "segfaults": lambda: die(signal.SIGSEGV),
    "kills-itself": lambda: die(signal.SIGKILL),
    "hangs": forever,
    "describes-slowly": forever,
    "spins": spin,
    "spins-in-threads": spin_in_threads,
    "stops": lambda: die(signal.SIGSTOP),
    "closes-and-hangs": lambda: (os.close(1), os.close(2), forever()),
    "floods": lambda: flood(sys.stdout.buffer, 1 << 20),
    "floods-stderr": lambda: flood(sys.stderr.buffer, 256),
    "leaves-child": lambda: leave_child(False, False),
    "leaves-child-with-pipe": lambda: leave_child(False, True),
    "leaves-daemon": lambda: leave_child(True, False),
    "allocates": allocate,
    "allocates-in-children": allocate_in_children,
    "notes-its-input": note_input,
}

CLASSES = ["decoder-core", "decoder-gguf-layouts", "decoder-profiles", "random-access",
           "canonical-encoder"]
GOOD = {"contract": 1, "name": "bad", "version": "1", "classes": CLASSES, "methods": []}
DESCRIBE = {
    "describes-nothing": "",
    "describes-garbage": "{]",
    "describes-array": "[]",
    "describes-twice": json.dumps(GOOD) * 2,
    "describes-no-class": json.dumps(dict(GOOD, classes=[])),
    "describes-unknown-class": json.dumps(dict(GOOD, classes=CLASSES + ["decoder-all"])),
    "describes-class-twice": json.dumps(dict(GOOD, classes=CLASSES + CLASSES[:1])),
    "describes-no-core": json.dumps(dict(GOOD, classes=CLASSES[1:])),
    "describes-other-contract": json.dumps(dict(GOOD, contract=2)),
    "describes-no-name": json.dumps(dict(GOOD, name="")),
    "describes-tiny-limits": json.dumps(dict(GOOD, limits={"content_bytes": 1})),
    "lacks-serve": json.dumps(dict(GOOD, serve=True)),
    "core-only": json.dumps(dict(GOOD, classes=CLASSES[:1])),
    "core-only-guesses": json.dumps(dict(GOOD, classes=CLASSES[:1])),
}


def ask(ref, words, file):
    run = subprocess.run([ref] + words, stdin=file, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False)
    return run.returncode, run.stdout


def run_once(how, ref, words):
    code, out = ask(ref, words, sys.stdin)
    if how == "prints-then-hangs":
        sys.stdout.buffer.write(out)
        sys.stdout.buffer.flush()
        forever()
    if how in MISCHIEF:
        MISCHIEF[how]()
    if how in TAMPER:
        code, out = TAMPER[how](code, out)
    if how == "core-only" and words[0] != "decode":
        code, out = 3, b""
    if how == "core-only-guesses" and words[0] != "decode":
        code, out = 0, b"a guess"
    sys.stdout.buffer.write(out)
    sys.stdout.buffer.flush()
    return code


# ---- the persistent mode

def answer(how, request, code):
    reply = json.dumps({"id": request["id"], "exit": code})
    return {"serves-garbage": "{]", "serves-text": "ok", "serves-wrong-id":
            json.dumps({"id": request["id"] + 1, "exit": code}),
            "serves-no-exit": json.dumps({"id": request["id"]}),
            "serves-twice": reply + "\n" + reply,
            "serves-text-exit": json.dumps({"id": request["id"], "exit": "0"})}.get(how, reply)


def serve(how, ref):
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "stop":
            if how == "serves-and-stays":
                forever()
            if how == "serves-and-leaves-child":
                leave_child(False, False)
            return 5 if how == "serves-and-ends-badly" else 0
        if request["do"] == "start":
            print(json.dumps({"contract": 2 if how == "serves-other-contract" else 1}), flush=True)
            continue
        if how == "serves-and-dies":
            die(signal.SIGSEGV)
        if how.startswith("serves-and-exits-"):
            return int(how.rsplit("-", 1)[1])
        if how == "serves-and-hangs":
            forever()
        with open(request["input"], "rb") as file:
            tensor = ["--tensor", request["tensor"]] if "tensor" in request else []
            code, out = ask(ref, [request["verb"]] + tensor + request["arguments"], file)
        with open(request["output"], "wb") as file:
            file.write(b"x" * (1 << 25) if how == "serves-floods" else out)
        if how == "serves-allocates":
            allocate()
        if how == "serves-without-newline":
            sys.stdout.write("{")
            sys.stdout.flush()
            forever()
        print(answer(how, request, code), flush=True)
    return 0


def main():
    how, ref, words = sys.argv[1], sys.argv[2], sys.argv[3:]
    if words == ["describe"]:
        if how == "describes-slowly":
            time.sleep(6)
        print(DESCRIBE.get(how, json.dumps(dict(GOOD, serve=how.startswith("serves-")))))
        return 1 if how == "describes-and-fails" else 0
    if words == ["serve"] and how.startswith("serves-"):
        return serve(how, ref)
    return run_once(how, ref, words) if words != ["serve"] else 2


if __name__ == "__main__":
    sys.exit(main())
