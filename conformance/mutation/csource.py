"""A parser for the C that the reference is written in: enough to know, for each function, where its
statements, conditions, operators and constants are. It takes the subset of C11 that clang-format
and our style leave, and stops with a message at anything else."""
import dataclasses
import re

TOKEN = re.compile(r"""
    (?P<skip>\s+|/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:[^\n\\]|\\.)*)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<char>'(?:[^'\\]|\\.)+')
  | (?P<number>\d[\w.]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,.(){}\[\]])
""", re.X | re.S | re.M)
TYPE_WORDS = {"struct", "enum", "const", "unsigned", "int", "char", "void", "bool", "size_t", "ssize_t",
              "int64_t", "int32_t", "int16_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "uint_fast32_t", "off_t"}
STORAGE = {"static", "extern"}
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
LEVELS = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="], ["<<", ">>"],
          ["+", "-"], ["*", "/", "%"]]
PRECEDENCE = {sign: level for level, signs in enumerate(LEVELS) for sign in signs}


class Unexpected(Exception):
    pass


@dataclasses.dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclasses.dataclass
class Node:
    """A piece of source: an expression (binary, ternary, unary, constant, assign, other) or a
    statement (if, loop, return, expression, block). `parts` are the nodes inside, in order."""
    kind: str
    start: int
    end: int
    parts: list
    sign: str = ""


@dataclasses.dataclass
class Function:
    name: str
    returns: str
    body: Node


def tokens_of(text):
    found = []
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise Unexpected("character %r at %d" % (text[at], at))
        if match.lastgroup != "skip":
            found.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
        at = match.end()
    found.append(Token("end", "", len(text), len(text)))
    return found


class Parser:
    def __init__(self, text):
        self.text = text
        self.tokens = tokens_of(text)
        self.at = 0

    # ---- tokens

    def peek(self, ahead=0):
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def sees(self, *texts):
        return self.peek().text in texts

    def take(self, text):
        token = self.next()
        if token.text != text:
            line = self.text.count("\n", 0, token.start) + 1
            raise Unexpected("line %d: have %r, want %r" % (line, token.text, text))
        return token

    def skip_balanced(self):
        """Passes over a bracket and all up to its partner."""
        depth = 0
        while True:
            token = self.next()
            if token.kind == "end":
                raise Unexpected("a bracket is not closed")
            depth += token.text in ("(", "[", "{")
            depth -= token.text in (")", "]", "}")
            if depth == 0:
                return

    # ---- the file

    def functions(self):
        found = []
        first = self.at  # of the declaration that is being read
        name = None
        while self.peek().kind != "end":
            if self.sees("("):
                name = self.tokens[self.at - 1].text
                self.skip_balanced()
            elif self.sees("{") and self.tokens[self.at - 1].text == ")":
                words = [token.text for token in self.tokens[first:self.at]]
                returns = " ".join(words[:words.index(name)])
                found.append(Function(name, returns, self.block()))
                first = self.at
            elif self.sees("{"):
                self.skip_balanced()
            else:
                if self.next().text in (";", "}"):
                    first = self.at
        return found

    # ---- statements

    def block(self):
        start = self.take("{").start
        parts = []
        while not self.sees("}"):
            parts += self.statement()
        return Node("block", start, self.take("}").end, parts)

    def statement(self):
        """The nodes of one statement; none for one without anything to change."""
        word = self.peek().text
        if word == "{":
            return [self.block()]
        if word == "if":
            return [self.if_statement()]
        if word in ("while", "for"):
            return [self.loop()]
        if word == "do":
            start = self.next().start
            parts = self.statement()
            self.take("while")
            self.take("(")
            parts.append(self.condition())
            self.take(")")
            return [Node("loop", start, self.take(";").end, parts)]
        if word == "switch":
            start = self.next().start
            self.take("(")
            self.expression()
            self.take(")")
            body = self.block()
            return [Node("block", start, body.end, [body])]
        if word in ("case", "default"):
            while not self.sees(":"):
                self.next()
            self.next()
            return []
        if word in ("break", "continue", ";"):
            while self.next().text != ";":
                pass
            return []
        if word == "assert":
            while self.next().text != ";":
                pass
            return []
        if word == "return":
            start = self.next().start
            parts = [] if self.sees(";") else [self.expression()]
            return [Node("return", start, self.take(";").end, parts)]
        if self.declares():
            return self.declaration(";")
        inner = self.expression()
        return [Node("expression", inner.start, self.take(";").end, [inner])]

    def if_statement(self):
        start = self.take("if").start
        self.take("(")
        condition = self.expression()
        self.take(")")
        branches = self.statement()
        end = self.tokens[self.at - 1].end
        if self.sees("else"):
            self.next()
            branches += self.statement()
            end = self.tokens[self.at - 1].end
        return Node("if", start, end, [condition] + branches)

    def loop(self):
        word = self.next()
        self.take("(")
        parts = []
        if word.text == "for":
            if self.declares():
                parts += self.declaration(";")
            else:
                parts += [] if self.sees(";") else [self.expression()]
                self.take(";")
        if not self.sees(";"):
            parts.append(self.condition())
        if word.text == "for":
            self.take(";")
            parts += [] if self.sees(")") else [self.expression()]
        self.take(")")
        parts += self.statement()
        return Node("loop", word.start, self.tokens[self.at - 1].end, parts)

    def condition(self):
        inner = self.expression()
        return Node("condition", inner.start, inner.end, [inner])

    def declares(self):
        first, second, third = self.peek(), self.peek(1), self.peek(2)
        if first.text in TYPE_WORDS | STORAGE:
            return True
        return first.kind == "name" and (second.kind == "name"
                                         or second.text == "*" and third.kind == "name")

    def declaration(self, end):
        """The initialisers of a declaration that is not static."""
        static = self.sees(*STORAGE)
        parts = []
        while not self.sees(end):
            if self.sees("[", "("):
                self.skip_balanced()
            elif self.sees("{"):
                self.skip_balanced()
            elif self.sees("="):
                self.next()
                value = self.braced() if self.sees("{") else self.assignment()
                parts += [] if static else [value]
            else:
                self.next()
        self.take(end)
        return parts

    def braced(self):
        """An initialiser in braces; designators are passed over."""
        start = self.take("{").start
        parts = []
        while not self.sees("}"):
            if self.sees(".") and self.peek(2).text == "=":
                self.at += 3
            if self.sees("["):
                self.skip_balanced()
                self.take("=")
            parts.append(self.braced() if self.sees("{") else self.assignment())
            if self.sees(","):
                self.next()
        return Node("other", start, self.take("}").end, parts)

    # ---- expressions

    def expression(self):
        first = self.assignment()
        parts = [first]
        while self.sees(","):
            self.next()
            parts.append(self.assignment())
        return first if len(parts) == 1 else Node("other", first.start, parts[-1].end, parts)

    def assignment(self):
        left = self.ternary()
        if self.peek().text in ASSIGN:
            sign = self.next().text
            right = self.assignment()
            return Node("assign", left.start, right.end, [left, right], sign)
        return left

    def ternary(self):
        condition = self.binary(0)
        if not self.sees("?"):
            return condition
        self.next()
        yes = self.expression()
        self.take(":")
        no = self.assignment()
        return Node("ternary", condition.start, no.end, [condition, yes, no])

    def binary(self, level):
        left = self.unary()
        while PRECEDENCE.get(self.peek().text, -1) >= level:
            sign = self.next().text
            right = self.binary(PRECEDENCE[sign] + 1)
            left = Node("binary", left.start, right.end, [left, right], sign)
        return left

    def unary(self):
        token = self.peek()
        if token.text == "sizeof":
            self.next()
            if self.sees("("):
                self.skip_balanced()
                return Node("other", token.start, self.tokens[self.at - 1].end, [])
            operand = self.unary()
            return Node("other", token.start, operand.end, [])
        if token.text in ("!", "~", "-", "+", "*", "&", "++", "--"):
            self.next()
            operand = self.unary()
            kind = "unary" if token.text in ("!", "++", "--") else "other"
            return Node(kind, token.start, operand.end, [operand], token.text)
        if token.text == "(" and self.peek(1).text in TYPE_WORDS:
            self.skip_balanced()
            operand = self.postfix(self.braced()) if self.sees("{") else self.unary()
            return Node("other", token.start, operand.end, [operand])
        return self.postfix(self.primary())

    def primary(self):
        token = self.next()
        if token.text == "(":
            inner = self.expression()
            return Node("other", token.start, self.take(")").end, [inner])
        if token.kind in ("number", "char"):
            return Node("constant", token.start, token.end, [], token.text)
        if token.kind == "string":
            while self.peek().kind in ("string", "name"):
                self.next()
            return Node("other", token.start, self.tokens[self.at - 1].end, [])
        if token.kind != "name":
            raise Unexpected("line %d: %r" % (self.text.count("\n", 0, token.start) + 1, token.text))
        if token.text in ("UINT64_C", "UINT32_C"):
            self.skip_balanced()
            end = self.tokens[self.at - 1].end
            return Node("constant", token.start, end, [], self.text[token.start:end])
        if self.sees("("):
            return Node("other", token.start, token.end, [], token.text)
        kind = "constant" if re.fullmatch(r"[A-Z][A-Z0-9_]+|true|false", token.text) else "other"
        return Node(kind, token.start, token.end, [], token.text)

    def postfix(self, node):
        while True:
            token = self.peek()
            if token.text in ("(", "["):
                self.next()
                close = ")" if token.text == "(" else "]"
                parts = [node] + ([] if self.sees(close) else [self.expression()])
                node = Node("other", node.start, self.take(close).end, parts)
            elif token.text in (".", "->"):
                self.next()
                node = Node("other", node.start, self.next().end, [node])
            elif token.text in ("++", "--"):
                self.next()
                node = Node("unary", node.start, token.end, [node], "post" + token.text)
            else:
                return node
