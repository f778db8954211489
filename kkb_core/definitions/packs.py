"""A scoring file → Pack, checked against the questionnaire it scores."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from kkb_core.definitions.literals import check_literals
from kkb_core.definitions.tables import Table, check_file_name, read_toml
from kkb_core.survey.packs import Combine, Factor, KrsRule, Pack, Points, Ratio, Scale, ScoredItem
from kkb_core.survey.questionnaire import LocalText, Question, Questionnaire, QuestionType

FULL = 100
NUMBERS = (QuestionType.INTEGER, QuestionType.DECIMAL)


def read_pack(file: str, content: bytes, questionnaires: Mapping[str, Questionnaire]) -> Pack:
    """Read one version. Raises DefinitionError naming file, key and cure."""
    top = read_toml(file, content)
    name, version = top.take("name", str), top.take("version", int)
    check_file_name(top, file, name, version)
    wanted = top.take("questionnaire", str)
    if wanted not in questionnaires:
        known = ", ".join(questionnaires)
        raise top.wrong("questionnaire", f"there is no {wanted!r}; known: {known}")
    reading = _Reading(top, questionnaires[wanted])
    pack = Pack(
        name=name,
        version=version,
        digest=sha256(content).hexdigest(),
        questionnaire=wanted,
        title=top.text("title"),
        total=top.take("total", str),
        total_label=top.text("total_label"),
        scales=reading.scales(),
        bands=_bands(top),
        minimum_coverage=_hundredths(top, "minimum_coverage"),
        minimum_answered=_hundredths(top, "minimum_answered"),
        minimum_shown=_hundredths(top, "minimum_shown"),
        advice_at_most=_hundredths(top, "advice_at_most"),
        krs=reading.krs(),
    )
    top.take("status", str)
    top.done()
    return pack


class _Reading:
    """One pack being read beside its questionnaire."""

    def __init__(self, top: Table, questionnaire: Questionnaire) -> None:
        self.top = top
        self.questionnaire = questionnaire
        self.lists = top.table("points") or Table(f"{top.where}: points", {})

    def scales(self) -> tuple[Scale, ...]:
        scales = tuple(self._scale(table) for table in self.top.tables("scales"))
        names = [scale.name for scale in scales]
        if not names or len(set(names)) < len(names):
            raise self.top.wrong("scales", "there must be some, each with a name of its own")
        return scales

    def krs(self) -> KrsRule:
        table = self.top.table("krs")
        if table is None:
            raise self.top.wrong("krs", "is missing; add the table [krs]")
        target = self._condition(table, "target")
        factors = tuple(self._factor(one) for one in table.tables("factors"))
        extra = tuple(self._factor(one) for one in table.tables("extra"))
        table.done()
        return KrsRule(target=target, factors=factors, extra=extra)

    def _factor(self, table: Table) -> Factor:
        name = table.take("name", str)
        table.named(name)
        factor = Factor(name=name, label=table.text("label"), when=self._condition(table, "when"))
        table.done()
        return factor

    def _condition(self, table: Table, key: str) -> str:
        source, questions = table.take(key, str), self.questionnaire.questions
        table.check_expression(key, source, questions)
        check_literals(f"{table.where}: {key}", source, questions)
        return source

    def _scale(self, table: Table) -> Scale:
        name = table.take("name", str)
        table.named(name)
        label = table.optional_text("label") or self._section_label(table, name)
        items = tuple(self._item(one) for one in table.tables("items"))
        names = [item.name for item in items]
        if not items or len(set(names)) < len(names):
            raise table.wrong("items", "there must be some, each only once")
        table.done()
        return Scale(name=name, label=label, items=items)

    def _section_label(self, table: Table, name: str) -> LocalText:
        for section in self.questionnaire.sections:
            if section.name == name:
                return section.label
        raise table.wrong("label", f"is missing, and no section is called {name!r}; add it")

    def _item(self, table: Table) -> ScoredItem:
        name = table.take("name", str)
        table.named(name)
        weight = table.take("weight", int)
        if weight < 0:
            raise table.wrong("weight", "must be 0 or more (hundredths: 200 counts twice)")
        parts = tuple(self._parts(table, name))
        combine = self._combine(table, len(parts))
        table.done()
        return ScoredItem(name=name, weight=weight, combine=combine, parts=parts)

    @staticmethod
    def _combine(table: Table, parts: int) -> Combine:
        if parts > 1 or table.has("combine"):
            return table.one_of("combine", Combine)
        return Combine.MIN

    def _parts(self, table: Table, name: str) -> Iterator[Points]:
        if table.has("parts"):
            for part in table.tables("parts"):
                question = part.take("question", str)
                part.named(question)
                yield self._points(part, self._question(part, question))
                part.done()
            return
        item = self.questionnaire.items.get(name)
        if item is None:
            raise table.wrong("name", f"the questionnaire has no item {name!r}; correct it")
        for question in item.questions:
            yield self._points(table, self.questionnaire.questions[question])

    def _question(self, table: Table, name: str) -> Question:
        question = self.questionnaire.questions.get(name)
        if question is None:
            raise table.wrong("question", f"the questionnaire has no {name!r}; correct it")
        return question

    def _points(self, table: Table, question: Question) -> Points:
        blank = table.optional("blank_is_not_scored", bool) or False
        if question.type in NUMBERS:
            return Points(
                question=question.name,
                choices={},
                ratio=self._ratio(table),
                blank_is_not_scored=blank,
            )
        choices = self._choice_points(table, question)
        return Points(question=question.name, choices=choices, blank_is_not_scored=blank)

    def _ratio(self, table: Table) -> Ratio:
        rule = table.table("ratio")
        if rule is None:
            raise table.wrong("ratio", "is missing; a number needs one")
        ratio = Ratio(
            divide_by=self._question(rule, rule.take("divide_by", str)).name,
            at_least=rule.take("at_least", int),
            then=_hundredths(rule, "then"),
            otherwise=_hundredths(rule, "otherwise"),
        )
        rule.done()
        return ratio

    def _choice_points(self, table: Table, question: Question) -> dict[str, int | None]:
        points = self._written_points(table)
        known = [choice.name for choice in question.choices]
        found: dict[str, int | None] = {}
        for choice in known:
            if not points.has(choice):
                cure = 'give it 0 to 100 or "not_scored"'
                raise points.wrong(choice, f"{question.name} has this choice; {cure}")
            found[choice] = _worth(points, choice)
        points.done()
        return found

    def _written_points(self, table: Table) -> Table:
        if isinstance(table.raw("points"), str):
            wanted = table.take("points", str)
            shared = self.lists.table(wanted)
            if shared is None:
                raise table.wrong("points", f"there is no list {wanted!r} in [points]; add it")
            return shared
        own = table.table("points")
        if own is None:
            raise table.wrong("points", "is missing; name a list of [points] or write them here")
        return own


def _worth(points: Table, choice: str) -> int | None:
    if points.raw(choice) == "not_scored":
        points.take(choice, str)
        return None
    return _hundredths(points, choice)


def _hundredths(table: Table, key: str) -> int:
    value = table.take(key, int)
    if not 0 <= value <= FULL:
        raise table.wrong(key, f"must be 0 to {FULL}, not {value}")
    return value


def _bands(top: Table) -> tuple[int, int]:
    limits = top.take("bands", list)
    match limits:
        case [int(low), int(high)] if 0 < low < high < FULL:
            return low, high
    raise top.wrong("bands", f"must be two rising numbers between 0 and {FULL}, not {limits}")
