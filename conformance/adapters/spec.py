#!/usr/bin/python3
"""The adapter of the program that spec/tools/pseudocode.py pulls out of the specification.

    spec.py MODULE VERB...      MODULE is what pseudocode.py wrote

bin/scape-adapter-spec calls it with the module of its build.
"""
import functools
import importlib.util
import io
import sys

sys.dont_write_bytecode = True
import template  # noqa: E402


class Stream:
    def __init__(self, data=b""):
        self.buffer = io.BytesIO(data)


def load(path):
    found = importlib.util.spec_from_file_location("spec_decoder", path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    parse_profile = module.parse_profile

    @functools.lru_cache(maxsize=1)
    def standard():
        return parse_profile(module.STANDARD_PROFILE)

    # The standard profile is parsed once for all requests, not once each.
    module.parse_profile = lambda data: (
        standard() if data is module.STANDARD_PROFILE else parse_profile(data))
    return module


def structure(spec, frame):
    """A frame as inspect.schema.json has it."""
    if frame["kind"] == "skippable":
        return {"kind": "skippable", "start": frame["start"], "size": frame["data_length"] + 40}
    blocks = [{"kind": "repeat" if block["kind"] == spec.REPEAT else "chunk",
               "offset": block["offset"], "payload_length": block["payload_length"],
               "content_start": block["content_start"],
               "content_length": block["content_length"]} for block in frame["blocks"]]
    regions = [dict(region, name=region["name"].decode("latin-1")) for region in frame["regions"]]
    return {"kind": "content", "start": frame["start"], "size": frame["frame_size"],
            "flags": frame["flags"], "chunk_limit_log2": frame["chunk_limit_log2"],
            "content_size": len(frame["content"]), "blocks": blocks, "regions": regions}


class Spec(template.Adapter):
    name = "SCAPE pseudocode"
    classes = ["decoder-core", "decoder-gguf-layouts", "decoder-profiles", "random-access",
               "canonical-encoder"]
    inspects = True

    def __init__(self, path):
        self.spec = load(path)
        self.version = "format %d" % self.spec.LIMITS["VERSION"]

    def ask(self, function, *arguments):
        try:
            return function(*arguments)
        except self.spec.ScapeError as fault:
            raise template.Rejected(self.spec.ERRORS[fault.name])

    def decode(self, data, profiles, max_memory):
        frames = self.ask(self.spec.decode_file, data, profiles)
        return b"".join(frame["content"] for frame in frames)

    def extract(self, data, name, profiles, max_memory):
        return self.ask(self.spec.extract, data, name, profiles)

    def encode(self, content, words):
        if "--method" in words or "--profile" in words:
            raise template.NotSupported  # section 9.11 has no program
        before = sys.stdin, sys.stdout
        sys.stdin, sys.stdout = Stream(content), Stream()
        try:
            code = self.spec.main(["encode"] + words)
            output = sys.stdout.buffer.getvalue()
        finally:
            sys.stdin, sys.stdout = before
        if code != 0:
            raise template.Rejected(code)
        return output

    def inspect(self, data, profiles):
        frames = self.ask(self.spec.decode_file, data, profiles)
        return {"frames": [structure(self.spec, frame) for frame in frames]}


if __name__ == "__main__":
    sys.exit(template.main(Spec(sys.argv[1]), sys.argv[2:]))
