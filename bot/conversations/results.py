"""The result: text first, the same as a picture behind a button; words, never a rank."""

from dataclasses import dataclass
from typing import Any

from bot.conversations.exchange import Exchange, Said
from kkb_core.i18n import months
from kkb_core.messaging import Picture, Text, bold
from kkb_core.services.areas import days_of
from kkb_core.services.scoring import EIGHT_FUNCTIONS, Result, completed_before, result_of
from kkb_core.storage.interviews import StoredInterview
from kkb_core.survey.scoring import Band, ScaleScore, State
from kkb_core.survey.telling import next_steps, strong

BAND_KEYS = {
    Band.HIGH: "band.sudah_baik",
    Band.MIDDLE: "band.cukup",
    Band.LOW: "band.perlu_perhatian",
}
MARKS = {Band.HIGH: "●", Band.MIDDLE: "◐", Band.LOW: "○"}
STEPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The interview whose result is shown, and what it says."""

    stored: StoredInterview
    result: Result

    @property
    def complete(self) -> bool:
        """Whether all eight functions were answered."""
        return self.stored.completed_at is not None


def show_result(exchange: Exchange, *lead: Said) -> None:
    """/hasil: eight functions in words, what is strong, at most three next steps, what changed."""
    shown = _shown(exchange)
    if shown is None or exchange.household is None:
        exchange.where(exchange.words("result.none"))
        return
    result = shown.result
    lines: list[Said] = [
        *lead,
        bold(_title(exchange, shown)),
        f"🏠 {exchange.household.label}",
        _period(exchange, shown),
        "",
        *(_line(exchange, shown, scale) for scale in result.now.scales),
    ]
    if result.before is not None:
        lines.append(exchange.words("result.compared"))
    lines += _strong(exchange, shown)
    lines += _steps(exchange, shown)
    if krs := _krs(exchange, shown):
        lines += ["", *krs]
    lines += ["", exchange.words("result.not_official")]
    picture = exchange.button("result.picture", f"result:picture:{shown.stored.id}")
    edit = exchange.button("home.edit", "home:edit")
    exchange.show(*lines, replies=((picture, edit),))


def _shown(exchange: Exchange) -> Shown | None:
    """The result of the round that is open; until it has one, of the last one."""
    if exchange.interview is None:
        return None
    found = _of(exchange, exchange.interview)
    if found is None:
        earlier = completed_before(exchange.tx, exchange.interview)
        found = None if earlier is None else _of(exchange, earlier)
    return found


def _of(exchange: Exchange, stored: StoredInterview) -> Shown | None:
    result = result_of(exchange.tx, exchange.definitions, stored, reader=exchange.person)
    has_any = any(scale.state is State.SHOWN for scale in result.now.scales)
    return Shown(stored=stored, result=result) if has_any else None


def _title(exchange: Exchange, shown: Shown) -> str:
    return exchange.words("result.title" if shown.complete else "result.so_far")


def _period(exchange: Exchange, shown: Shown) -> str:
    assert exchange.household is not None
    days = days_of(exchange.tx, shown.stored.round_id, exchange.household.scope.area)
    return exchange.words("result.period", months=months(*days, exchange.language))


def _line(exchange: Exchange, shown: Shown, scale: ScaleScore) -> Said:
    name = _name(exchange, scale.name)
    band = _band(shown, scale)
    change = _change(exchange, shown, scale)
    return Text.of(
        f"{MARKS[band] if band else '·'} ",
        bold(name),
        f": {_word(exchange, shown, scale)}",
        f" ({change})" if change else "",
    )


def _name(exchange: Exchange, function: str) -> str:
    return exchange.local(exchange.questionnaire.section(function).label)


def _band(shown: Shown, scale: ScaleScore) -> Band | None:
    return None if scale.name in shown.result.private else scale.band


def _word(exchange: Exchange, shown: Shown, scale: ScaleScore) -> str:
    if scale.name in shown.result.private:
        return exchange.words("result.private")
    if scale.band is not None:
        return exchange.words(BAND_KEYS[scale.band])
    untouched = all(
        part.state.value in ("unanswered", "not_applicable") for part in scale.contributions
    )
    if scale.state is State.TOO_FEW_ANSWERS and untouched:
        return exchange.words("result.open")
    return exchange.words(f"result.{scale.state.value}")


def _change(exchange: Exchange, shown: Shown, scale: ScaleScore) -> str | None:
    """Up, down or the same as last round; nothing where either is not shown."""
    told = shown.result
    if told.before is None or scale.exact is None:
        return None
    if scale.name in told.private | told.private_before:
        return None
    before = told.before.scale(scale.name).exact
    if before is None:
        return None
    key = "same" if before == scale.exact else "up" if scale.exact > before else "down"
    return exchange.words(f"result.{key}")


def _strong(exchange: Exchange, shown: Shown) -> list[Said]:
    names = _strong_names(exchange, shown)
    return (
        ["", Text.of(bold(exchange.words("result.strong")), f": {', '.join(names)}")]
        if names
        else []
    )


def _strong_names(exchange: Exchange, shown: Shown) -> list[str]:
    told = [name for name in strong(shown.result.now) if name not in shown.result.private]
    return [_name(exchange, name) for name in told]


def _krs(exchange: Exchange, shown: Shown) -> list[str]:
    return [exchange.words("result.krs")] if shown.result.now.krs.at_risk else []


def _advice(exchange: Exchange, shown: Shown) -> list[str]:
    pack = exchange.definitions.pack(EIGHT_FUNCTIONS)
    questionnaire = exchange.definitions.questionnaire(shown.stored.questionnaire)
    answers = shown.stored.answers
    items = next_steps(pack, questionnaire, shown.result.now, answers, limit=STEPS)
    found = [questionnaire.items[item].advice for item in items]
    return [exchange.local(advice) for advice in found if advice]


def _steps(exchange: Exchange, shown: Shown) -> list[Said]:
    steps = _advice(exchange, shown)
    if not steps:
        return ["", exchange.words("result.no_steps")]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    return ["", bold(exchange.words("result.steps")), *numbered]


def tapped(exchange: Exchange, what: str, interview_id: str) -> None:
    """Lihat gambar: the same as a picture, in a message of its own."""
    shown = _shown(exchange)
    if what != "picture" or shown is None or interview_id != str(shown.stored.id):
        exchange.outdated()
        return
    exchange.below()
    exchange.show(
        exchange.words("result.picture_note"),
        picture=Picture("result", _card(exchange, shown)),
    )


def _card(exchange: Exchange, shown: Shown) -> dict[str, Any]:
    assert exchange.household is not None
    names = _strong_names(exchange, shown)
    return {
        "title": _title(exchange, shown),
        "household": exchange.household.label,
        "period": _period(exchange, shown),
        "functions": [_bar(exchange, shown, scale) for scale in shown.result.now.scales],
        "strong_title": exchange.words("result.strong"),
        "strong": [", ".join(names)] if names else [],
        "steps_title": exchange.words("result.steps"),
        "steps": _advice(exchange, shown),
        "notes": [*_krs(exchange, shown), exchange.words("result.not_official")],
    }


def _bar(exchange: Exchange, shown: Shown, scale: ScaleScore) -> dict[str, Any]:
    band = _band(shown, scale)
    private = scale.name in shown.result.private
    exact = None if private else scale.exact
    return {
        "name": _name(exchange, scale.name),
        "state": "private" if private else scale.state.value,
        "word": _word(exchange, shown, scale),
        "band": band and band.value,
        "value": None if exact is None else float(round(exact)),
        "score": None if exact is None else "",
        "change": _change(exchange, shown, scale),
    }
