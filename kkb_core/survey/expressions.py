"""XLSForm expressions: `${members} > 1 and selected(${kids}, '2_4')`.

A small language, checked word by word before elementpath parses it, so that a mistake in a
questionnaire is told with its place. Names of questions become XPath variables; a question that is
unanswered, skipped or not known has no value at all, so every comparison with it is false.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any

from elementpath import ElementPathError, XPathContext, XPathToken
from elementpath.collations import UNICODE_CODEPOINT_COLLATION
from elementpath.datatypes import UntypedAtomic

from kkb_core.survey.odk import OFFERED, RENAMED, OdkParser, as_text

NO_VALUE = ("", "?", None)  # skipped, not known, unanswered
LONGEST_SOURCE = 4000
DEEPEST = 50
REMEMBERED = 1024  # results kept per expression
LONGEST_REMEMBERED = 64  # characters; what a person wrote freely is not kept in memory

OPERATORS = frozenset({"and", "or", "div", "mod"})
CLOCKS = frozenset({"today", "now"})
TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<name>\$\{\s*[A-Za-z_][\w.-]*\s*\})
      | (?P<number>\d+(?:\.\d+)?|\.\d+)
      | (?P<word>[A-Za-z][\w:-]*)
      | (?P<sign><=|>=|!=|[=<>+*(),-]|\.(?![.\w]))""",
    re.VERBOSE | re.ASCII,
)

# What reading and working out may raise: elementpath's own, and Python's from numbers and patterns.
TROUBLE = (ElementPathError, ArithmeticError, ValueError, TypeError, RecursionError, re.error)


class ExpressionError(ValueError):
    """The expression cannot be read: says what, where and how to put it right."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the language, and the character (from 1) it starts at."""

    kind: str
    text: str
    place: int

    @property
    def question(self) -> str:
        """The question a `${name}` names."""
        return self.text[2:-1].strip()


def _tokens(source: str) -> Iterator[Token]:
    place = 0
    while place < len(source):
        if source[place].isspace():
            place += 1
            continue
        found = TOKEN.match(source, place)
        if found is None:
            raise _mistake(source, place + 1, f"{source[place]!r} does not belong here")
        yield Token(found.lastgroup or "", found.group(), place + 1)
        place = found.end()


def _mistake(source: str, place: int, what: str) -> ExpressionError:
    return ExpressionError(f"character {place} of {source!r}: {what}")


def _check_brackets(source: str, tokens: list[Token]) -> None:
    opened: list[Token] = []
    for token in tokens:
        if token.text == "(":
            opened.append(token)
        elif token.text == ")":
            if not opened:
                raise _mistake(source, token.place, "this ) closes nothing")
            opened.pop()
        if len(opened) > DEEPEST:
            raise _mistake(source, token.place, f"brackets are more than {DEEPEST} deep")
    if opened:
        raise _mistake(source, opened[-1].place, "this ( is never closed")


def _check_word(source: str, tokens: list[Token], at: int) -> None:
    token, word = tokens[at], tokens[at].text
    if word in OPERATORS:
        before = tokens[at - 1] if at else None
        if before is None or (before.kind in ("word", "sign") and before.text not in (")", ".")):
            raise _mistake(source, token.place, f"{word} has nothing before it")
    elif at + 1 == len(tokens) or tokens[at + 1].text != "(":
        cure = f"write ${{{word}}} for a question and '{word}' for a choice"
        raise _mistake(source, token.place, f"{word} stands alone; {cure}")
    elif word in CLOCKS:
        cure = "an expression knows no clock; ask for the date, or compare with a fixed one"
        raise _mistake(source, token.place, f"{word}() is not offered: {cure}")
    elif word not in OFFERED:
        known = ", ".join(sorted(OFFERED))
        raise _mistake(source, token.place, f"there is no function {word}(); there are {known}")


def _compares_with_nothing(tokens: list[Token], at: int) -> bool:
    """Whether the name at *at* stands in `${x} = ''` or `'' != ${x}`."""

    def stands(sign: int, text: int) -> bool:
        inside = min(sign, text) >= 0 and max(sign, text) < len(tokens)
        return inside and tokens[sign].text in ("=", "!=") and tokens[text].text in ("''", '""')

    return stands(at + 1, at + 2) or stands(at - 1, at - 2)


def _as_xpath(tokens: list[Token]) -> str:
    words: list[str] = []
    for at, token in enumerate(tokens):
        text = token.text
        if token.kind == "name":
            text = f"${token.question}"
        if (token.kind == "name" or text == ".") and _compares_with_nothing(tokens, at):
            text = f"string({text})"
        words.append(RENAMED.get(text, text) if token.kind == "word" else text)
    return " ".join(words)


def _check_patterns(source: str, token: XPathToken) -> None:
    """A regular expression written out must be one."""
    for part in token.iter("regex"):
        if part[1].symbol == "(string)":
            try:
                re.compile(str(part[1].value))
            except re.error as error:
                raise ExpressionError(f"{source!r}: regex pattern: {error}") from error


def _parsed(source: str, tokens: list[Token]) -> XPathToken:
    parser = OdkParser(
        compatibility_mode=True, default_collation=UNICODE_CODEPOINT_COLLATION
    )  # compatibility: text that looks like a number compares as one
    try:
        token = parser.parse(_as_xpath(tokens))
    except TROUBLE as error:
        what = str(error).rpartition("] ")[2].replace("fn:", "")
        for odk, inside in RENAMED.items():
            what = what.replace(f"'{inside}'", f"'{odk}'")
        raise ExpressionError(f"{source!r} cannot be read: {what}") from error
    _check_patterns(source, token)
    return token


_one_at_a_time = Lock()  # elementpath promises nothing about threads; only new results wait here


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An expression, compiled. Its results are remembered by the values of the names it uses.

    What cannot be worked out (text where a number is needed, `5 mod 0`) is false, and empty as a
    value: nothing a family answers can raise here.
    """

    source: str
    names: frozenset[str]
    _order: tuple[str, ...]
    _token: XPathToken
    _known: dict[tuple[str | None, ...], tuple[bool, str]] = field(default_factory=dict)

    def holds(self, answers: Mapping[str, str], value: str | None = None) -> bool:
        """Whether it is true of *answers*; *value* is what `.` stands for."""
        return self._result(answers, value)[0]

    def value(self, answers: Mapping[str, str], value: str | None = None) -> str:
        """What it comes to, as an answer is written; "" for nothing."""
        return self._result(answers, value)[1]

    def _result(self, answers: Mapping[str, str], value: str | None) -> tuple[bool, str]:
        key = (value, *map(answers.get, self._order))
        known = self._known.get(key)
        if known is None:
            known = self._worked_out(key)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            if sum(map(len, filter(None, key))) <= LONGEST_REMEMBERED:
                self._known[key] = known
        return known

    def _worked_out(self, key: tuple[str | None, ...]) -> tuple[bool, str]:
        tested, *values = key
        named: dict[str, Any] = {
            name: [] if value in NO_VALUE else UntypedAtomic(value)
            for name, value in zip(self._order, values, strict=True)
        }
        try:
            with _one_at_a_time:
                context = XPathContext(item=UntypedAtomic(tested or ""), variables=named)
                found = list(self._token.select(context))
                return self._token.boolean_value(found), as_text(found)
        except TROUBLE:
            return False, ""


@lru_cache(maxsize=4096)
def compiled(source: str) -> Expression:
    """Compile *source*, once. Raises ExpressionError."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"longer than {LONGEST_SOURCE} characters: {source[:40]!r}…")
    tokens = list(_tokens(source))
    if not tokens:
        raise ExpressionError("the expression is empty; leave the key out instead")
    _check_brackets(source, tokens)
    for at, token in enumerate(tokens):
        if token.kind == "word":
            _check_word(source, tokens, at)
    order = tuple(sorted({token.question for token in tokens if token.kind == "name"}))
    return Expression(source, frozenset(order), order, _parsed(source, tokens))
