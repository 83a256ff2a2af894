"""What the generator knows of one vector; case modules yield these."""
import dataclasses

from facts import digest


@dataclasses.dataclass
class Case:
    name: str
    text: str
    clauses: str  # ids, separated by spaces
    data: bytes = b""
    content: bytes = None  # None: the vector is broken
    error: str = "OK"
    profiles: tuple = ()  # names of files in profiles/ that the decoder is given
    encode: list = None  # arguments of scape-ref encode that make data of content
    exact: bool = True  # whether they make the very bytes, with any libzstd
    runs: list = dataclasses.field(default_factory=list)  # further runs, as in the manifest
    ceiling: dict = None  # memory in bytes and seconds that decoding may take

    def run(self, operation="decode", content=None, errors=(), delivered=(), **options):
        """Adds a further run: right is the content (bytes), or one of the error classes with
        nothing or one of `delivered` handed out before."""
        row = {"operation": operation, **options, "content": None, "errors": list(errors)}
        if content is not None:
            row["content"] = digest(content)
        if delivered:
            row["delivered"] = [digest(part) for part in delivered]
        self.runs.append(row)
        return self


def legal(name, text, clauses, frame, content=None, profiles=()):
    """`frame` is a Frame, or the bytes of a file with their content."""
    if content is None:
        return Case(name, text, clauses, frame.bytes(), frame.content, profiles=profiles)
    return Case(name, text, clauses, frame, content, profiles=profiles)


def broken(name, error, text, clauses, data, profiles=()):
    data = data if isinstance(data, bytes) else data.bytes()
    return Case(name, text, clauses, data, None, error, profiles)
