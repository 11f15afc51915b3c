"""Parses, checks and evaluates the expressions of definitions: total, deterministic, without calls.

    expression = or ;            or   = and { "or" and } ;       and = not { "and" not } ;
    not        = "not" not | comparison ;
    comparison = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in" ) sum ] ;
    sum        = product { ( "+" | "-" ) product } ;
    product    = sign { ( "*" | "/" ) sign } ;                   sign = "-" sign | atom ;
    atom       = number | text | "true" | "false" | name { "." name } | "[" [ or { "," or } ] "]" | "(" or ")" ;

Every expression that type-checks has a value: numbers are decimals of 34 digits, a divisor must be a literal other
than zero, and a name that was left empty has the zero value of its type.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

Value = str | bool | Decimal | tuple[str, ...] | tuple[Decimal, ...]

MAX_LENGTH = 2000
MAX_TOKENS = 200
MAX_DEPTH = 40
_ARITHMETIC = Context(prec=34, traps=[])


class Type(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXTS = "list of text"
    NUMBERS = "list of number"


ZERO: Mapping[Type, Value] = {
    Type.TEXT: "",
    Type.NUMBER: Decimal(0),
    Type.BOOLEAN: False,
    Type.TEXTS: (),
    Type.NUMBERS: (),
}


_CONSTANTS = {bool: Type.BOOLEAN, Decimal: Type.NUMBER, str: Type.TEXT}


class ExpressionError(Exception):
    """Reports a text that is no expression, or types that do not fit; `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position})")
        self.position = position


@dataclass(frozen=True, slots=True)
class Constant:
    value: Value
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    path: str
    position: int


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple["Node", ...]
    position: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"
    position: int


Node = Constant | Name | Items | Unary | Binary


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int


_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d{1,18}(?:\.\d{1,12})?)|(?P<text>\"[^\"\\\n]*\"|'[^'\\\n]*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>==|!=|<=|>=|[-+*/<>()\[\],.])"
)
_WORDS = frozenset({"and", "or", "not", "in", "true", "false"})


def tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"unexpected character {text[position]!r}", position)
        kind = str(match.lastgroup)
        if kind != "space":
            yield Token("sign" if match.group() in _WORDS else kind, match.group(), position)
        position = match.end()
    yield Token("end", "", position)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        if len(self._tokens) > MAX_TOKENS:
            raise ExpressionError("more than 200 words and signs", self._tokens[MAX_TOKENS].position)
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._or()
        if self._peek().kind != "end":
            raise ExpressionError(f"unexpected {self._peek().text!r}", self._peek().position)
        return node

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> Token | None:
        token = self._peek()
        if token.kind != "sign" or token.text not in texts:
            return None
        self._next += 1
        return token

    def _need(self, text: str) -> None:
        if self._take(text) is None:
            raise ExpressionError(f"{text!r} expected", self._peek().position)

    def _chain(self, part: Callable[[], Node], *operators: str) -> Node:
        node = part()
        while (sign := self._take(*operators)) is not None:
            node = Binary(sign.text, node, part(), sign.position)
        return node

    def _or(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("nested too deeply", self._peek().position)
        node = self._chain(self._and, "or")
        self._depth -= 1
        return node

    def _and(self) -> Node:
        return self._chain(self._not, "and")

    def _prefixed(self, operator: str, part: Callable[[], Node]) -> Node:
        signs = []
        while (sign := self._take(operator)) is not None:
            signs.append(sign)
        if len(signs) > MAX_DEPTH:
            raise ExpressionError("nested too deeply", signs[0].position)
        node = part()
        for sign in reversed(signs):
            node = Unary(operator, node, sign.position)
        return node

    def _not(self) -> Node:
        return self._prefixed("not", self._comparison)

    def _comparison(self) -> Node:
        left = self._sum()
        if (sign := self._take("==", "!=", "<", "<=", ">", ">=", "in")) is not None:
            return Binary(sign.text, left, self._sum(), sign.position)
        if (negated := self._take("not")) is not None:
            self._need("in")
            return Unary("not", Binary("in", left, self._sum(), negated.position), negated.position)
        return left

    def _sum(self) -> Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Node:
        return self._chain(self._signed, "*", "/")

    def _signed(self) -> Node:
        return self._prefixed("-", self._atom)

    def _atom(self) -> Node:
        token = self._peek()
        if self._take("("):
            node = self._or()
            self._need(")")
            return node
        if self._take("["):
            return self._items(token.position)
        if self._take("true", "false"):
            return Constant(token.text == "true", token.position)
        self._next += 1
        if token.kind == "number":
            return Constant(Decimal(token.text), token.position)
        if token.kind == "text":
            return Constant(token.text[1:-1], token.position)
        if token.kind == "name":
            return self._name(token)
        raise ExpressionError("a value expected", token.position)

    def _name(self, first: Token) -> Node:
        parts = [first.text]
        while self._take("."):
            token = self._peek()
            if token.kind != "name":
                raise ExpressionError("a name expected", token.position)
            parts.append(token.text)
            self._next += 1
        return Name(".".join(parts), first.position)

    def _items(self, position: int) -> Node:
        items: list[Node] = []
        while not self._take("]"):
            if items:
                self._need(",")
            items.append(self._or())
        return Items(tuple(items), position)


def parse(text: str) -> Node:
    """Returns the syntax tree of an expression of at most 2,000 characters. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError("longer than 2,000 characters", MAX_LENGTH)
    return _Parser(text).whole()


def check(node: Node, names: Mapping[str, Type]) -> Type:
    """Returns the type of an expression over the given names. Raises ExpressionError where types do not fit."""
    match node:
        case Constant(value=value):
            return _CONSTANTS[type(value)]
        case Name(path=path, position=position):
            if path not in names:
                raise ExpressionError(f"unknown name {path}", position)
            return names[path]
        case Items():
            return _check_items(node, names)
        case Unary():
            return _expect(node.operand, names, Type.BOOLEAN if node.operator == "not" else Type.NUMBER)
        case Binary():
            return _check_binary(node, names)


def _expect(node: Node, names: Mapping[str, Type], wanted: Type) -> Type:
    found = check(node, names)
    if found is not wanted:
        raise ExpressionError(f"{wanted} expected, {found} found", node.position)
    return found


def _check_items(node: Items, names: Mapping[str, Type]) -> Type:
    found = {check(item, names) for item in node.items}
    if found <= {Type.TEXT}:
        return Type.TEXTS
    if found == {Type.NUMBER}:
        return Type.NUMBERS
    raise ExpressionError("a list holds texts or numbers, not both", node.position)


def _check_binary(node: Binary, names: Mapping[str, Type]) -> Type:
    if node.operator in {"and", "or"}:
        _expect(node.left, names, Type.BOOLEAN)
        return _expect(node.right, names, Type.BOOLEAN)
    if node.operator in {"==", "!="}:
        _expect(node.right, names, check(node.left, names))
        return Type.BOOLEAN
    if node.operator == "in":
        element = check(node.left, names)
        wanted = {Type.TEXT: Type.TEXTS, Type.NUMBER: Type.NUMBERS}.get(element)
        if wanted is None:
            raise ExpressionError(f"{element} cannot be in a list", node.position)
        _expect(node.right, names, wanted)
        return Type.BOOLEAN
    _expect(node.left, names, Type.NUMBER)
    _expect(node.right, names, Type.NUMBER)
    if node.operator == "/":
        _check_divisor(node.right)
    return Type.NUMBER if node.operator in {"+", "-", "*", "/"} else Type.BOOLEAN


def _check_divisor(node: Node) -> None:
    if not isinstance(node, Constant) or node.value == 0:
        raise ExpressionError("a divisor is a number written out, other than zero", node.position)


def evaluate(node: Node, values: Mapping[str, Value]) -> Value:
    """Returns the value of an expression that `check` accepted; `values` must have every name it was checked with."""
    match node:
        case Constant(value=value):
            return value
        case Name(path=path):
            return values[path]
        case Items(items=items):
            return tuple(evaluate(item, values) for item in items)  # type: ignore[return-value]
        case Unary():
            operand = evaluate(node.operand, values)
            return not operand if node.operator == "not" else _ARITHMETIC.minus(_number(operand))
        case Binary():
            return _binary(node, values)


def _binary(node: Binary, values: Mapping[str, Value]) -> Value:
    left = evaluate(node.left, values)
    if node.operator in {"and", "or"} and bool(left) is (node.operator == "or"):
        return left
    right = evaluate(node.right, values)
    if node.operator in _NUMERIC:
        return _NUMERIC[node.operator](_number(left), _number(right))
    return _OTHER[node.operator](left, right)


def _number(value: Value) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} is no number: the expression was not checked")
    return value


_OTHER: Mapping[str, Callable[[Any, Any], bool]] = {
    "and": lambda _left, right: bool(right),
    "or": lambda _left, right: bool(right),
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda left, right: left in right,
}

_NUMERIC: Mapping[str, Callable[[Decimal, Decimal], Value]] = {
    "+": _ARITHMETIC.add,
    "-": _ARITHMETIC.subtract,
    "*": _ARITHMETIC.multiply,
    "/": _ARITHMETIC.divide,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
