"""The households a jury visits: drawn by a seed, kept as drawn, and how far their answers hold.

The binder and the chat take the same households, in the same order, and the same figure from here.
See docs/decisions/0013-a-field-sample-is-kept.md.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from random import Random

from kkb_core.definitions import Definitions
from kkb_core.roles import Act, Scope, demand
from kkb_core.storage import Tx, audit, field_checks, roles, rounds
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.field_checks import Drawn, NewSample, Sample
from kkb_core.storage.rounds import Round
from kkb_core.summary.match import Match, match_of
from kkb_core.summary.readings import NO_ANSWER

HOUSEHOLDS = 20  # a jury visits (a proposal)
SEED_DIGITS = 9
LARGEST_SEED = 10**SEED_DIGITS - 1
LOOKED_AT = 3  # answers at each door: one screen each, and nobody stands there long
# What a guest can see from the door or on a paper that lies ready; nothing private is among them.
VISIBLE = ("LGK1", "LGK2", "LGK3", "LIN4", "LIN5", "REP6")


def seed_from(text: str) -> int | None:
    """The seed somebody named, if it is one."""
    return int(text) if text.isdecimal() and len(text) <= SEED_DIGITS else None


def seed_of(day: date) -> int:
    """The seed where nobody names one: 20260318."""
    return int(f"{day:%Y%m%d}")


def sample_of(names: Sequence[str], seed: int, *, size: int = HOUSEHOLDS) -> list[str]:
    """*size* of *names*, drawn so that anybody with the *seed* draws the same ones."""
    return sorted(_draw(seed, "").sample(sorted(names), min(size, len(names))))


def _draw(seed: int, what: str) -> Random:
    # An int by itself draws as it always did; a text is hashed the same way everywhere.
    return Random(f"{seed}:{what}" if what else seed)  # noqa: S311  it is to be drawn again


def drawn(
    tx: Tx, definitions: Definitions, code: str, of: Round, seed: int, *, now: datetime
) -> Sample | None:
    """The village's sample of a round by this seed: drawn now, unless it was before.

    What was drawn stays, though more families answer meanwhile: papers are printed from it. None
    when there is nobody to draw from yet.
    """
    kept = field_checks.sample_by(tx, of.id, code, seed=seed)
    if kept is not None:
        return kept
    homes = _to_draw_from(tx, definitions, code, of, now=now)
    if not homes:
        return None
    new = NewSample(round_id=of.id, area_code=code, seed=seed, drawn_from=len(homes), drawn_at=now)
    questions = dict(_questions(homes, name, seed) for name in sample_of(list(homes), seed))
    return field_checks.keep_sample(tx, new, questions)


def _to_draw_from(
    tx: Tx, definitions: Definitions, code: str, of: Round, *, now: datetime
) -> dict[str, tuple[int, list[str]]]:
    """Households by public id, and which of their answers a guest can see."""
    asked = definitions.questionnaire(of.questionnaire).questions
    seen = [name for name in VISIBLE if name in asked and not asked[name].sensitive]
    found = {
        home.public_id: (home.id, [one for one in seen if answers.get(one) not in NO_ANSWER])
        for home, answers in field_checks.visitable(tx, Scope(code), of.id, now=now)
    }
    return {name: home for name, home in found.items() if home[1]}


def _questions(
    homes: Mapping[str, tuple[int, list[str]]], name: str, seed: int
) -> tuple[int, list[str]]:
    """Which answers of a household are looked at: drawn too, so that nobody can prepare them."""
    household_id, names = homes[name]
    return household_id, _draw(seed, name).sample(names, min(LOOKED_AT, len(names)))


def last_drawn(tx: Tx, code: str, seed: int | None, *, now: datetime) -> Sample | None:
    """The sample of the village's current or last round: by this seed, or the one drawn last."""
    of = rounds.latest_round(tx, code, before=now)
    return None if of is None else field_checks.sample_by(tx, of.id, code, seed=seed)


def homes_in(tx: Tx, sample: Sample, scope: Scope, *, by: int, now: datetime) -> tuple[Drawn, ...]:
    """The sample's households inside *scope*, in walking order; that they were read is on record.

    Raises NotAllowed.
    """
    demand(roles.grants_of(tx, by), Act.SEE_HOUSEHOLD, scope)
    detail = {
        "area": sample.area_code, "rw": scope.rw, "rt": scope.rt, "seed": sample.seed,
    }  # fmt: skip
    entry = AuditEntry(at=now, actor=by, act="see_names", subject_kind="area", detail=detail)
    audit.put_audit(tx, entry)
    return within(field_checks.drawn_in(tx, sample.id), scope)


def within(homes: Sequence[Drawn], scope: Scope) -> tuple[Drawn, ...]:
    """Those of *homes* that lie inside *scope*."""
    return tuple(one for one in homes if scope.covers(one.household.scope))


def match(homes: Sequence[Drawn]) -> Match:
    """How far the answers of *homes* were found to hold at the door."""
    return match_of([check.verdict for check in one.checks] for one in homes)
