"""What the generator knows of one vector; case modules yield these."""
import dataclasses


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


def legal(name, text, clauses, frame, content=None, profiles=()):
    """`frame` is a Frame, or the bytes of a file with their content."""
    if content is None:
        return Case(name, text, clauses, frame.bytes(), frame.content, profiles=profiles)
    return Case(name, text, clauses, frame, content, profiles=profiles)


def broken(name, error, text, clauses, data, profiles=()):
    data = data if isinstance(data, bytes) else data.bytes()
    return Case(name, text, clauses, data, None, error, profiles)
