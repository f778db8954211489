"""The result: text first, the same as a picture behind a button; words, never a rank."""

from typing import Any

from bot.conversations.exchange import Exchange, Said
from kkb_core.messaging import Picture, Text, bold
from kkb_core.services.scoring import EIGHT_FUNCTIONS, Result, result_of
from kkb_core.survey.scoring import Band, ScaleScore, State, next_steps, strong

BAND_KEYS = {
    Band.HIGH: "band.sudah_baik",
    Band.MIDDLE: "band.cukup",
    Band.LOW: "band.perlu_perhatian",
}
MARKS = {Band.HIGH: "●", Band.MIDDLE: "◐", Band.LOW: "○"}
STEPS = 3


def show_result(exchange: Exchange, *lead: Said) -> None:
    """/hasil: eight functions in words, what is strong, at most three next steps, what changed."""
    if exchange.interview is None or exchange.household is None:
        exchange.where(exchange.words("result.none"))
        return
    result = result_of(exchange.tx, exchange.definitions, exchange.stored)
    if not any(scale.state is State.SHOWN for scale in result.now.scales):
        exchange.where(exchange.words("result.none"))
        return
    complete = exchange.stored.completed_at is not None
    lines: list[Said] = [
        *lead,
        bold(exchange.words("result.title" if complete else "result.so_far")),
        f"🏠 {exchange.household.label}",
        "",
        *(_line(exchange, result, scale) for scale in result.now.scales),
    ]
    if result.before is not None:
        lines.append(exchange.words("result.compared"))
    lines += _strong(exchange, result)
    lines += _steps(exchange, result)
    if result.now.krs.at_risk:
        lines += ["", exchange.words("result.krs")]
    lines += ["", exchange.words("result.not_official")]
    picture = exchange.button("result.picture", f"result:picture:{exchange.interview_id}")
    edit = exchange.button("home.edit", "home:edit")
    exchange.show(*lines, replies=((picture, edit),))


def _line(exchange: Exchange, result: Result, scale: ScaleScore) -> Said:
    name = _name(exchange, scale.name)
    mark = MARKS[scale.band] if scale.band else "·"
    change = _change(exchange, result, scale)
    return Text.of(
        f"{mark} ", bold(name), f": {_word(exchange, scale)}", f" ({change})" if change else ""
    )


def _name(exchange: Exchange, function: str) -> str:
    return exchange.local(exchange.questionnaire.section(function).label)


def _word(exchange: Exchange, scale: ScaleScore) -> str:
    if scale.band is not None:
        return exchange.words(BAND_KEYS[scale.band])
    untouched = all(
        part.state.value in ("unanswered", "not_applicable") for part in scale.contributions
    )
    if scale.state is State.TOO_FEW_ANSWERS and untouched:
        return exchange.words("result.open")
    return exchange.words(f"result.{scale.state.value}")


def _change(exchange: Exchange, result: Result, scale: ScaleScore) -> str | None:
    """Up, down or the same as last round; nothing where either is not shown."""
    if result.before is None or scale.exact is None:
        return None
    before = result.before.scale(scale.name).exact
    if before is None:
        return None
    key = "same" if before == scale.exact else "up" if scale.exact > before else "down"
    return exchange.words(f"result.{key}")


def _strong(exchange: Exchange, result: Result) -> list[Said]:
    names = [_name(exchange, name) for name in strong(result.now)]
    return (
        ["", Text.of(bold(exchange.words("result.strong")), f": {', '.join(names)}")]
        if names
        else []
    )


def _advice(exchange: Exchange, result: Result) -> list[str]:
    pack = exchange.definitions.pack(EIGHT_FUNCTIONS)
    questionnaire = exchange.questionnaire
    items = next_steps(pack, questionnaire, result.now, limit=STEPS)
    found = [questionnaire.items[item].advice for item in items]
    return [exchange.local(advice) for advice in found if advice]


def _steps(exchange: Exchange, result: Result) -> list[Said]:
    steps = _advice(exchange, result)
    if not steps:
        return ["", exchange.words("result.no_steps")]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    return ["", bold(exchange.words("result.steps")), *numbered]


def tapped(exchange: Exchange, what: str, interview_id: str) -> None:
    """Lihat gambar: the same as a picture, in a message of its own."""
    if (
        what != "picture"
        or interview_id != str(exchange.interview_id)
        or exchange.household is None
    ):
        exchange.outdated()
        return
    result = result_of(exchange.tx, exchange.definitions, exchange.stored)
    exchange.below()
    exchange.show(
        exchange.words("result.picture_note"),
        picture=Picture("result", _card(exchange, result)),
    )


def _card(exchange: Exchange, result: Result) -> dict[str, Any]:
    assert exchange.household is not None
    complete = exchange.stored.completed_at is not None
    names = [_name(exchange, name) for name in strong(result.now)]
    return {
        "title": exchange.words("result.title" if complete else "result.so_far"),
        "household": exchange.household.label,
        "period": "",
        "functions": [_bar(exchange, result, scale) for scale in result.now.scales],
        "strong_title": exchange.words("result.strong"),
        "strong": [", ".join(names)] if names else [],
        "steps_title": exchange.words("result.steps"),
        "steps": _advice(exchange, result),
        "notes": [exchange.words("result.not_official")],
    }


def _bar(exchange: Exchange, result: Result, scale: ScaleScore) -> dict[str, Any]:
    return {
        "name": _name(exchange, scale.name),
        "state": scale.state.value,
        "word": _word(exchange, scale),
        "band": scale.band and scale.band.value,
        "value": None if scale.exact is None else float(round(scale.exact)),
        "score": "" if scale.exact is not None else None,
        "change": _change(exchange, result, scale),
    }
