#!/usr/bin/python3
"""A SCAPE adapter to copy: fill in the class `Mine` at the end, and run

    scape-conformance --adapter ./your-copy.py

The rest is the contract's side (conformance/README.md): arguments, exit codes and the persistent
mode. It needs Python's standard library only. A name of a tensor is bytes.
"""
import json
import sys

CONTRACT = 1
NOT_SUPPORTED = 3
NO_MEMORY = 62
IO = 63


class Rejected(Exception):
    """The input breaks a clause: `number` is that of its error class, in 10..99."""

    def __init__(self, number):
        Exception.__init__(self, "class %d" % number)
        self.number = number


class NotSupported(Exception):
    """The input asks for a conformance class that `classes` does not name."""


class Adapter:
    name = "?"
    version = "?"
    classes = []  # of: decoder-core decoder-gguf-layouts decoder-profiles random-access
    #               canonical-encoder
    methods = []  # named methods that encode knows [CAN-100]
    limits = {}  # "input_bytes", "content_bytes": the most that it takes, at least 2^26
    inspects = False
    bounds_memory = False  # keeps to max_memory

    def decode(self, data, profiles, max_memory):
        """The content of a file. `profiles` are the profile files on offer, as bytes; max_memory
        is a number of bytes, or None."""
        raise NotSupported

    def extract(self, data, name, profiles, max_memory):
        """The content of the first tensor of that name."""
        raise NotSupported

    def encode(self, content, words):
        """The canonical frame; `words` are the options, `--canonical` the first."""
        raise NotSupported

    def inspect(self, data, profiles):
        """The structure of a file, of the form of inspect.schema.json."""
        raise NotSupported


def describe(adapter):
    return {"contract": CONTRACT, "name": adapter.name, "version": adapter.version,
            "classes": adapter.classes, "methods": adapter.methods, "limits": adapter.limits,
            "serve": True, "inspect": adapter.inspects, "max_memory": adapter.bounds_memory}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def answer(adapter, verb, data, request):
    """Exit code and output of a verb. What else is raised is a defect, and ends the program."""
    profiles = [read(path) for path in request.get("profiles", [])]
    max_memory = request.get("max_memory")
    try:
        if verb == "decode":
            return 0, adapter.decode(data, profiles, max_memory)
        if verb == "extract":
            return 0, adapter.extract(data, request["tensor"], profiles, max_memory)
        if verb == "encode":
            return 0, adapter.encode(data, request["arguments"])
        if verb == "inspect":
            return 0, json.dumps(adapter.inspect(data, profiles)).encode()
    except Rejected as fault:
        return fault.number, b""
    except MemoryError:
        return NO_MEMORY, b""
    except NotSupported:
        pass
    return NOT_SUPPORTED, b""


def serve(adapter):
    """A request a line on standard input, an answer a line on standard output."""
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "stop":
            break
        if request["do"] == "start":
            reply = {"contract": CONTRACT}
        else:
            if "tensor" in request:
                request["tensor"] = request["tensor"].encode("latin-1")
            code, output = answer(adapter, request["verb"], read(request["input"]), request)
            with open(request["output"], "wb") as file:
                file.write(output)
            reply = {"id": request["id"], "exit": code}
        print(json.dumps(reply), flush=True)
    return 0


def run_once(adapter, verb, words):
    """One verb from standard input to standard output."""
    request = {"arguments": words, "profiles": []}
    if verb != "encode":
        for option, value in zip(words[::2], words[1::2]):
            if option == "--profile":
                request["profiles"].append(value)
            elif option == "--max-memory":
                request["max_memory"] = int(value)
            elif option == "--tensor":
                request["tensor"] = value.encode(sys.getfilesystemencoding(), "surrogateescape")
    try:
        data = sys.stdin.buffer.read()
    except OSError:
        return IO
    code, output = answer(adapter, verb, data, request)
    try:
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
    except OSError:
        sys.stderr.close()  # or Python would try to flush again, and say so
        return IO
    return code


def main(adapter, words):
    if words == ["describe"]:
        print(json.dumps(describe(adapter)))
        return 0
    if words == ["serve"]:
        return serve(adapter)
    return run_once(adapter, words[0], words[1:])


# ---- yours ----

class Mine(Adapter):
    name = "my decoder"
    version = "0"
    classes = ["decoder-core"]

    def decode(self, data, profiles, max_memory):
        raise NotSupported  # here: decode, or raise Rejected(number of the error class)


if __name__ == "__main__":
    sys.exit(main(Mine(), sys.argv[1:]))
