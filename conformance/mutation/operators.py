"""What is changed in the reference: every mutation of every function, each with a number, and the
source in which all of them lie side by side, chosen at run time by that number.

Families: *guard* is the deletion of a check: the condition under which a step ends with an error
class never holds, or one of the things it asks for does not count. Everything else is *other*; so
is passing on an error that a step before has found.
"""
import dataclasses
import re

import csource

COMPARISONS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
               "==": ["!="], "!=": ["=="]}
ARITHMETIC = {"+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"],
              "&": ["|"], "|": ["&"], "^": ["&"]}
COMPOUND = {"+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "<<=": ">>=", ">>=": "<<="}
WRONG, RIGHT = "wrong", "right"  # what it means when the condition of a guard holds
CHOSEN = "SCAPE_MUTANT(%d)"
PRELUDE = """#ifdef SCAPE_REACH
extern unsigned char scape_reached[];
#define SCAPE_MUTANT(n) (scape_reached[n] = 1, 0)
#else
extern int scape_mutant;
#define SCAPE_MUTANT(n) (scape_mutant == (n))
#endif
"""


@dataclasses.dataclass
class Mutation:
    number: int
    family: str  # "guard" or "other"
    kind: str
    file: str
    line: int
    function: str
    was: str
    becomes: str
    place: int = 0  # of several equal ones in a function, counted from 0

    def key(self):
        return (self.file, self.function, self.kind, self.was, self.becomes, self.place)


class Source:
    """One file of the reference with its mutations."""

    def __init__(self, name, text, errors, first_number, wanted):
        self.name = name
        self.text = text
        self.errors = errors  # identifiers of the error classes
        self.mutations = []
        self.number = first_number
        self.function = None
        self.seen = {}
        out = []
        at = 0
        for function in csource.Parser(text).functions():
            if function.name not in wanted:
                continue
            self.function = function
            out += [text[at:function.body.start], self.statement(function.body)]
            at = function.body.end
        self.changed = "".join(out) + text[at:]

    def plain(self, node):
        return self.text[node.start:node.end]

    def add(self, node, kind, was, becomes, family="other"):
        line = self.text.count("\n", 0, node.start) + 1
        was, becomes = (re.sub(r"\s+", " ", part) for part in (was, becomes))
        made = Mutation(self.number, family, kind, self.name, line, self.function.name, was, becomes)
        equal = made.key()
        made.place = self.seen.get(equal, 0)
        self.seen[equal] = made.place + 1
        self.mutations.append(made)
        self.number += 1
        return CHOSEN % made.number

    def choose(self, node, changed, alternatives):
        """`alternatives` are (kind, text) or (kind, text, family)."""
        for kind, becomes, *family in alternatives:
            chosen = self.add(node, kind, self.plain(node), becomes, *family)
            changed = "%s ? (%s) : (%s)" % (chosen, becomes, changed)
        return "(%s)" % changed if alternatives else changed

    def spliced(self, node, render):
        """The node's text with its parts as `render` gives them."""
        out = []
        at = node.start
        for part in node.parts:
            out += [self.text[at:part.start], render(part)]
            at = part.end
        return "".join(out) + self.text[at:node.end]

    # ---- statements

    def statement(self, node):
        if node.kind == "if":
            return self.if_statement(node)
        if node.kind == "return":
            return self.return_statement(node)
        if node.kind == "expression":
            return self.expression_statement(node)
        if node.kind in ("block", "loop"):
            return self.spliced(node, self.statement)
        if node.kind == "condition":
            chosen = self.add(node, "loop-never", self.plain(node), "false")
            return "!%s && (%s)" % (chosen, self.expression(node.parts[0]))
        return self.initialiser(node)

    def if_statement(self, node):
        condition, *branches = node.parts
        sense = WRONG if len(branches) == 1 and self.ends_in_error(branches[0]) else None
        plain = self.plain(condition)
        family = "guard" if sense and plain != "error" else "other"
        never = self.add(condition, "if-never", plain, "false", family)
        always = self.add(condition, "if-always", plain, "true")
        out = "if (%s || (!%s && (%s)))" % (always, never, self.expression(condition, sense))
        at = self.text.index(")", condition.end) + 1
        for branch in branches:
            body = self.statement(branch)
            out += self.text[at:branch.start] + (body if branch.kind == "block" else "{%s}" % body)
            at = branch.end
        return out + self.text[at:node.end]

    def ends_in_error(self, branch):
        if branch.kind == "block":
            return len(branch.parts) == 1 and self.ends_in_error(branch.parts[0])
        if branch.kind == "return" and branch.parts:
            return self.is_error(branch.parts[0]) or self.plain(branch.parts[0]) == "error"
        return branch.kind == "expression" and branch.parts[0].kind == "assign" \
            and self.is_error(branch.parts[0].parts[1])

    def is_error(self, node):
        return self.plain(node) in self.errors

    def return_statement(self, node):
        if not node.parts:
            return self.plain(node)
        value = node.parts[0]
        alternatives = []
        sense = None
        if "scape_ref_error" in self.function.returns and not self.is_error(value):
            if self.plain(value) != "SCAPE_REF_OK":
                alternatives = [("return", "SCAPE_REF_OK")]
        elif self.function.returns.endswith("bool") and value.kind != "constant":
            alternatives = [("return", "!(%s)" % self.plain(value))]
            sense = RIGHT
        return "return %s;" % self.choose(value, self.expression(value, sense), alternatives)

    def initialiser(self, node):
        """A truth value that decides between success and an error class is part of a guard."""
        name = re.search(r"bool (\w+) = $", self.text[:node.start])
        body = self.plain(self.function.body)
        sense = None
        if name and re.search(r"%s \? SCAPE_REF_OK|if \([^;]*!%s\b[^;]*\) {\s*return SCAPE"
                              % (name.group(1), name.group(1)), body):
            sense = RIGHT
        elif name and re.search(r"if \([^;]*\b%s\b[^;]*\) {\s*return SCAPE" % name.group(1), body):
            sense = WRONG
        return self.expression(node, sense)

    def expression_statement(self, node):
        inner = node.parts[0]
        plain = self.plain(inner)
        if plain.startswith("(void)"):
            return self.plain(node)
        chosen = self.add(node, "dropped", plain + ";", "")
        out = "if (!%s) { %s; }" % (chosen, self.expression(inner))
        if inner.kind == "assign" and inner.sign in COMPOUND:
            left, right = (self.plain(part) for part in inner.parts)
            becomes = "%s %s %s" % (left, COMPOUND[inner.sign], right)
            chosen = self.add(node, "assignment", plain, becomes)
            out = "if (%s) { %s; } else %s" % (chosen, becomes, out)
        return "{ %s }" % out

    # ---- expressions

    def expression(self, node, sense=None):
        """`sense` says what it means for a guard that the expression holds."""
        if node.kind == "binary":
            return self.binary(node, sense)
        if node.kind == "ternary":
            return self.ternary(node)
        if node.kind == "constant":
            return self.choose(node, self.plain(node), self.constant(node))
        if node.kind == "unary" and node.sign == "!":
            opposite = {WRONG: RIGHT, RIGHT: WRONG, None: None}[sense]
            inner = self.spliced(node, lambda part: self.expression(part, opposite))
            return self.choose(node, inner, [("not", self.plain(node.parts[0]))])
        if node.kind == "assign":
            changed = "(%s)" % self.expression(node.parts[1])
            between = self.text[node.parts[0].end:node.parts[1].start]
            return self.spliced(node.parts[0], self.expression) + between + changed
        if self.text[node.start] == "(" and len(node.parts) == 1:
            return self.spliced(node, lambda part: self.expression(part, sense))
        return self.spliced(node, self.expression)

    def binary(self, node, sense):
        left, right = node.parts
        plain = self.plain(left), self.plain(right)
        found = []
        if node.sign in ("&&", "||"):
            # Of "wrong if a || b" and of "right if a && b" each part is a check of its own.
            checks = (node.sign, sense) in (("||", WRONG), ("&&", RIGHT))
            for kept, gone in (plain, plain[::-1]):
                family = "guard" if checks and gone not in ("error", "!error") else "other"
                found.append(("part", kept, family))
            other = {"&&": "||", "||": "&&"}[node.sign]
            found.append(("logic", "%s %s %s" % (plain[0], other, plain[1])))
        else:
            table = COMPARISONS if node.sign in COMPARISONS else ARITHMETIC
            kind = "comparison" if node.sign in COMPARISONS else "arithmetic"
            for sign in table[node.sign]:
                found.append((kind, "%s %s %s" % (plain[0], sign, plain[1])))
        inside = sense if node.sign in ("&&", "||") else None
        changed = "(%s)%s(%s)" % (self.expression(left, inside), self.text[left.end:right.start],
                                  self.expression(right, inside))
        return self.choose(node, changed, found)

    def ternary(self, node):
        """"right ? OK : CLASS" and "wrong ? CLASS : more" are guards; "error ? error : more" passes
        an error on."""
        condition, yes, no = node.parts
        texts = [self.plain(part) for part in node.parts]
        sense = WRONG if self.is_error(yes) else RIGHT if self.is_error(no) else None
        found = []
        for becomes, other in ((texts[1], texts[2]), (texts[2], texts[1])):
            found.append(("branch", becomes, "guard" if sense and other in self.errors else "other"))
        changed = "(%s) ? (%s) : (%s)" % (self.expression(condition, sense), self.expression(yes),
                                          self.expression(no))
        return self.choose(node, changed, found)

    def constant(self, node):
        text = self.plain(node)
        if text == "NULL" or "PRI" in text:
            return []
        if text in ("true", "false"):
            return [("constant", "false" if text == "true" else "true")]
        if text == "SCAPE_REF_OK":
            return [("class", "SCAPE_REF_IO")]
        if text in self.errors:
            return [("class", "SCAPE_REF_OK"), ("class", self.other_class(text))]
        if text.startswith("'"):
            return [("constant", text + " + 1")]
        number = re.fullmatch(r"(UINT\d+_C\()?(\d+|0x[0-9A-Fa-f]+)([uUlL]*)(\))?", text)
        if not number:
            return [("constant", "%s + 1" % text), ("constant", "%s - 1" % text)]
        head, digits, suffix, tail = (part or "" for part in number.groups())
        value = int(digits, 0)
        return [("constant", head + str(n) + suffix + tail) for n in (value + 1, value - 1) if n >= 0]

    def other_class(self, name):
        names = sorted(self.errors)
        return names[(names.index(name) + 7) % len(names)]


def reached(texts, roots):
    """Names of the functions that the roots call, themselves and by others; `texts` are sources."""
    calls = {}
    for text in texts:
        for function in csource.Parser(text).functions():
            body = text[function.body.start:function.body.end]
            calls[function.name] = {word for word in re.findall(r"\w+", body)}
    found = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name in calls and name not in found:
            found.add(name)
            todo += calls[name]
    return found
