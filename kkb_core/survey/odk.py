"""XPath as ODK speaks it: the functions of XLSForm on elementpath's parser."""

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from elementpath import XPath2Parser, XPathContext, XPathToken

XPATH_FUNCTIONS = frozenset(
    {
        *("abs", "boolean", "ceiling", "concat", "contains", "ends-with", "false", "floor"),
        *("normalize-space", "not", "number", "starts-with", "string", "string-length"),
        *("substring", "true"),
    }
)
# XPath has its own meaning for these words; ODK's goes by another name inside the parser.
RENAMED = {"if": "if-else", "max": "largest", "min": "smallest", "round": "rounded"}


class OdkParser(XPath2Parser):
    """XPath with the functions that ODK adds to it."""


Argument = list[Any]


def _odk(name: str, nargs: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Offer a plain function of atomised arguments to expressions as *name*."""

    def bind(rule: Callable[..., Any]) -> Callable[..., Any]:
        def evaluate(self: XPathToken, context: XPathContext | None = None) -> Any:
            return rule(*(list(argument.atomization(context)) for argument in self))

        OdkParser.method(OdkParser.function(name, nargs=nargs))(evaluate)
        return rule

    return bind


def as_text(argument: Argument) -> str:
    """The first of some results as an answer is written; "" for none."""
    return _one_written(argument[0]) if argument else ""


def _number(argument: Argument) -> float:
    try:
        return float(as_text(argument))
    except ValueError:
        return math.nan


@_odk("selected", 2)
def _selected(chosen: Argument, choice: Argument) -> bool:
    return as_text(choice) in as_text(chosen).split()


@_odk("selected-at", 2)
def _selected_at(chosen: Argument, place: Argument) -> str:
    names, wanted = as_text(chosen).split(), int(_number(place))
    return names[wanted] if 0 <= wanted < len(names) else ""


@_odk("count-selected", 1)
def _count_selected(chosen: Argument) -> int:
    return len(as_text(chosen).split())


@_odk("coalesce", (2, None))
def _coalesce(*arguments: Argument) -> Argument:
    return next((argument for argument in arguments if as_text(argument)), [])


@_odk("regex", 2)
def _regex(text: Argument, pattern: Argument) -> bool:
    return re.fullmatch(as_text(pattern), as_text(text)) is not None


@_odk("int", 1)
def _int(argument: Argument) -> int | Argument:
    number = _number(argument)
    return math.trunc(number) if math.isfinite(number) else []


@_odk("rounded", (1, 2))
def _rounded(argument: Argument, digits: Argument | None = None) -> float | Argument:
    number = _number(argument)
    if not math.isfinite(number):
        return []
    unit = Decimal(1).scaleb(-int(_number(digits)) if digits else 0)
    return float(Decimal(str(number)).quantize(unit, ROUND_HALF_UP))


@_odk("pow", 2)
def _pow(argument: Argument, exponent: Argument) -> float:
    return math.pow(_number(argument), _number(exponent))


def _numbers(arguments: tuple[Argument, ...]) -> list[float]:
    return [_number(argument) for argument in arguments if argument]


@_odk("smallest", (1, None))
def _min(*arguments: Argument) -> float | Argument:
    return min(_numbers(arguments), default=[])


@_odk("largest", (1, None))
def _max(*arguments: Argument) -> float | Argument:
    return max(_numbers(arguments), default=[])


@_odk("date", 1)
def _date(argument: Argument) -> int | Argument:
    """Days since 1970-01-01, so that dates compare and subtract as numbers."""
    return (date.fromisoformat(as_text(argument)) - date(1970, 1, 1)).days if argument else []


@OdkParser.method(OdkParser.function("if-else", nargs=3))
def evaluate_if_else(self: XPathToken, context: XPathContext | None = None) -> Any:
    """`if(test, then, else)`; only the branch that counts is worked out."""
    test = self.boolean_value(list(self[0].select(context)))
    return list(self[1 if test else 2].select(context))


ODK_FUNCTIONS = frozenset(
    {
        *("selected", "selected-at", "count-selected", "coalesce", "regex", "int", "pow", "date"),
        *RENAMED,
    }
)
OFFERED = XPATH_FUNCTIONS | ODK_FUNCTIONS


def _one_written(result: Any) -> str:
    """A result as an answer is written: numbers in plain digits, never in powers of ten."""
    match result:
        case bool():
            return "true" if result else "false"
        case float() | Decimal() if not math.isfinite(result):
            return ""
        case float() | Decimal() if result == int(result):
            return str(int(result))
        case float():
            return f"{Decimal(repr(result)):f}"
        case Decimal():
            return f"{result:f}"
    return str(result)
