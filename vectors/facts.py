"""What a decoder meets on its way through a file, by the spec's pseudocode: which classes of
conformance it needs, which prefixes of the content it may have handed out before it ends in an
error, and the named regions. What a vector must come to is never taken from here."""
import hashlib
import pathlib
import sys

SPEC_TOOLS = pathlib.Path(__file__).resolve().parent.parent / "spec" / "tools"
sys.path.append(str(SPEC_TOOLS))  # behind the caller's own modules
import pseudocode  # noqa: E402

ZSTD = 1
FIRST_GGUF_LAYOUT, END_OF_GGUF_LAYOUTS = 0x100, 0x200
CORE, GGUF, PROFILES = "decoder-core", "decoder-gguf-layouts", "decoder-profiles"


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


class Decoder:
    """The pseudocode, watched."""

    def __init__(self):
        self.names = {"__name__": "spec_decoder"}
        exec(compile(pseudocode.module(), "spec_decoder.py", "exec"), self.names)
        self.before = b""  # content of the frames that are done
        self.prefixes = []  # content after each block that is done
        self.needs = set()
        self.standard = None
        self.error = "OK"  # of the file decoded last
        for name in ("decode_block", "decode_frame", "decode_header", "decode_chunk",
                     "parse_profile"):
            self.names[name] = getattr(self, name)(self.names[name])

    def decode_block(self, plain):
        def watched(cursor, frame, content, previous):
            size = len(content)
            kind = plain(cursor, frame, content, previous)
            if len(content) > size:
                self.prefixes.append(self.before + bytes(content))
            return kind
        return watched

    def decode_frame(self, plain):
        def watched(cursor, profiles):
            frame = plain(cursor, profiles)
            self.before += frame["content"]
            return frame
        return watched

    def decode_header(self, plain):
        def watched(cursor, start):
            frame = plain(cursor, start)
            if frame["flags"] & 3:
                self.needs.add(PROFILES)
            return frame
        return watched

    def decode_chunk(self, plain):
        def watched(payload, content_length, sets):
            if FIRST_GGUF_LAYOUT <= int.from_bytes(payload[:2], "little") < END_OF_GGUF_LAYOUTS:
                self.needs.add(GGUF)
            return plain(payload, content_length, sets)
        return watched

    def parse_profile(self, plain):
        """The standard profile is parsed once, not at each use."""
        def watched(data):
            if data is not self.names["STANDARD_PROFILE"]:
                return plain(data)
            self.standard = self.standard or plain(data)
            return self.standard
        return watched

    def decode(self, data, profiles=()):
        """The frames, or None; self.error is the name of the error class or "OK"."""
        self.before = b""
        self.prefixes = []
        self.needs = set()
        self.error = "OK"
        try:
            return self.names["decode_file"](data, list(profiles))
        except self.names["ScapeError"] as fault:
            self.error = fault.name
            return None

    def facts(self, data, profiles):
        """Keys of a row of the manifest, and the frames."""
        frames = self.decode(data, profiles)
        found = {"classes": [CORE] + [name for name in (GGUF, PROFILES) if name in self.needs]}
        if frames is None:
            found["delivered"] = [digest(prefix) for prefix in self.prefixes]
        return found, frames

    def extract(self, data, name, profiles):
        """Number of the class, and the region's content."""
        try:
            return 0, self.names["extract"](data, name, list(profiles))
        except self.names["ScapeError"] as fault:
            return self.names["ERRORS"][fault.name], b""


def holds_zstd(frames):
    """Whether a stream of coder ZSTD is in it; then the bytes depend on libzstd [ZST-010]."""
    return any(ZSTD in block["coding"]["coders"] for frame in frames
               for block in frame.get("blocks", []) if "coding" in block)


def regions_of(frames):
    """Name and content of every region; of several with one name the first [FRM-040]."""
    found = {}
    for frame in frames:
        for region in frame.get("regions", []):
            own = frame["content"][region["start"]:region["start"] + region["length"]]
            found.setdefault(region["name"], own)
    found.pop(b"", None)
    return found
