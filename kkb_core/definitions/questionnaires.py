"""A questionnaire file in XLSForm words → Questionnaire."""

import re
from collections.abc import Iterable
from hashlib import sha256

from kkb_core.definitions.literals import check_conditions
from kkb_core.definitions.tables import LONGEST_BUTTON, Table, check_file_name, read_toml
from kkb_core.messaging import Language
from kkb_core.survey.questionnaire import (
    Choice,
    Flag,
    Item,
    Level,
    Question,
    Questionnaire,
    QuestionType,
    Route,
    Section,
)

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
CHOICE_NAME = re.compile(r"[A-Za-z0-9_]{1,32}")  # XLSForm joins choices with spaces
SELECTS = (QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE)


def read_questionnaire(file: str, content: bytes) -> Questionnaire:
    """Read one version. Raises DefinitionError naming file, key and cure."""
    return _Reading(read_toml(file, content)).questionnaire(file, sha256(content).hexdigest())


class _Reading:
    """One file being read: the shared choice lists, and what has been asked so far."""

    def __init__(self, top: Table) -> None:
        self.top = top
        self.lists: dict[str, list[Table]] = {}
        self.questions: dict[str, Question] = {}
        self.items: dict[str, Item] = {}

    def questionnaire(self, file: str, digest: str) -> Questionnaire:
        top = self.top
        name, version = top.take("name", str), top.take("version", int)
        check_file_name(top, file, name, version)
        title, draft = top.text("title"), self._languages("draft")
        top.take("status", str)
        self._take_lists()
        sections = tuple(self._section(table) for table in top.tables("sections"))
        top.done()
        self._check_sections(sections)
        check_conditions(file, self.questions)
        return Questionnaire(
            name=name,
            version=version,
            digest=digest,
            title=title,
            sections=sections,
            items=self.items,
            questions=self.questions,
            draft=draft,
        )

    def _languages(self, key: str) -> frozenset[Language]:
        words = self.top.strings(key)
        for word in words:
            if word not in set(Language):
                raise self.top.wrong(key, f"{word!r} is no language; use {', '.join(Language)}")
        return frozenset(map(Language, words))

    def _take_lists(self) -> None:
        lists = self.top.optional("choices", dict) or {}
        shared = Table(f"{self.top.where}: choices", lists)
        for name in lists:
            self.lists[name] = shared.tables(name)
            _choices(shared, self.lists[name], known=())

    def _check_sections(self, sections: tuple[Section, ...]) -> None:
        names = [section.name for section in sections]
        if len(set(names)) < len(names):
            raise self.top.wrong("sections", "two have the same name; rename one")
        if not sections or [one.is_profile for one in sections] != [True] + [False] * (
            len(sections) - 1
        ):
            raise self.top.wrong("sections", "exactly one is the profile, and it stands first")

    def _section(self, table: Table) -> Section:
        name = _name(table)
        label, tip = table.text("label"), table.optional_text("tip")
        is_profile = table.optional("profile", bool) or False
        items = tuple(self._item(name, question) for question in table.tables("questions"))
        table.done()
        if not items:
            raise table.wrong("questions", "there are none; add one or remove the section")
        asked = tuple(question for item in items for question in self.items[item].questions)
        return Section(
            name=name, label=label, questions=asked, items=items, tip=tip, is_profile=is_profile
        )

    def _item(self, section: str, table: Table) -> str:
        name = _name(table)
        if name in self.items:
            raise table.wrong("name", "is used twice; every question needs a name of its own")
        group = table.has("parts") or table.optional("type", str) == "group"
        questions = (
            self._group(section, name, table) if group else [self._question(section, name, table)]
        )
        item = Item(
            name=name,
            section=section,
            label=table.text("label"),
            questions=tuple(question.name for question in questions),
            advice=table.optional_text("advice"),
            sensitive=any(question.sensitive for question in questions),
        )
        table.done()
        self.items[name] = item
        return name

    def _group(self, section: str, name: str, table: Table) -> list[Question]:
        if table.take("type", str) != "group":
            raise table.wrong("parts", "only a group has parts; set type to group or remove them")
        relevant = table.expression("relevant", self.questions)
        sensitive = table.optional("sensitive", bool) or False
        status, source = table.take("status", str), table.take("source", str)
        parts = []
        for part in table.tables("parts"):
            _name(part)
            parts.append(
                self._question(
                    section,
                    name,
                    part,
                    relevant=relevant,
                    sensitive=sensitive,
                    status=status,
                    source=source,
                )
            )
            part.text("label")
            part.done()
        if not parts:
            raise table.wrong("parts", "a group needs parts; add them or give it another type")
        return parts

    def _question(
        self,
        section: str,
        item: str,
        table: Table,
        *,
        relevant: str | None = None,
        sensitive: bool = False,
        status: str = "",
        source: str = "",
    ) -> Question:
        name, kind = table.take("name", str), table.one_of("type", QuestionType)
        if name in self.questions:
            raise table.wrong("name", "is used twice; every question needs a name of its own")
        earlier = tuple(self.questions)
        constraint = table.expression("constraint", (*earlier, name))
        sensitive = sensitive or table.optional("sensitive", bool) or False
        self._check_sensitive(table, kind, sensitive=sensitive)
        question = Question(
            name=name,
            section=section,
            item=item,
            type=kind,
            label=table.text("label"),
            hint=table.optional_text("hint"),
            choices=self._choices_of(table, kind),
            relevant=_both(relevant, table.expression("relevant", earlier)),
            constraint=constraint,
            constraint_message=table.text("constraint_message") if constraint else None,
            required=table.optional("required", bool) or False,
            default=table.expression("default", earlier),
            unit=table.optional("unit", str),
            sensitive=sensitive,
            flag=_flag(table.table("flag"), (*earlier, name)),
            status=table.optional("status", str) or status,
            source=table.optional("source", str) or source,
        )
        self.questions[name] = question
        return question

    @staticmethod
    def _check_sensitive(table: Table, kind: QuestionType, *, sensitive: bool) -> None:
        if sensitive and kind not in SELECTS:
            cure = f"offer choices instead ({' or '.join(SELECTS)})"
            raise table.wrong("type", f"nothing sensitive is typed as {kind}; {cure}")

    def _choices_of(self, table: Table, kind: QuestionType) -> tuple[Choice, ...]:
        if kind not in SELECTS:
            if table.has("choices"):
                raise table.wrong("choices", f"{kind} takes none; remove them")
            return ()
        return _choices(table, self._written_choices(table), known=tuple(self.questions))

    def _written_choices(self, table: Table) -> list[Table]:
        if not isinstance(table.raw("choices"), str):
            return table.tables("choices")
        wanted = table.take("choices", str)
        if wanted not in self.lists:
            known = ", ".join(self.lists) or "none"
            raise table.wrong("choices", f"there is no list {wanted!r}; known: {known}")
        return self.lists[wanted]


def _name(table: Table) -> str:
    name = table.take("name", str)
    if not NAME.fullmatch(name):
        cure = "use up to 32 letters, digits and _, a letter first"
        raise table.wrong("name", f"{name!r} is no name; {cure}")
    table.named(name)
    return name


def _choices(owner: Table, tables: list[Table], *, known: Iterable[str]) -> tuple[Choice, ...]:
    choices = tuple(_choice(table, known) for table in tables)
    if len(choices) <= 1:
        raise owner.wrong("choices", "fewer than two; a question needs something to choose")
    words: dict[str, str] = {}
    for choice in choices:
        for word in {choice.name.lower(), *choice.aliases}:
            if word in words:
                both = f"{word!r} means {words[word]} and {choice.name}"
                raise owner.wrong("choices", f"{both}; keep it at one")
            words[word] = choice.name
    return choices


def _choice(table: Table, known: Iterable[str]) -> Choice:
    name = table.take("name", str)
    if not CHOICE_NAME.fullmatch(name):
        raise table.wrong("name", f"{name!r}: use up to 32 letters, digits and _")
    choice = Choice(
        name=name,
        label=table.text("label", longest=LONGEST_BUTTON),
        hint=table.optional_text("hint"),
        aliases=_aliases(table),
        exclusive=table.optional("exclusive", bool) or False,
        choice_filter=table.expression("choice_filter", known),
    )
    table.done()
    return choice


def _aliases(table: Table) -> tuple[str, ...]:
    aliases = table.strings("aliases")
    for alias in aliases:
        if alias != alias.strip().lower() or not alias:
            raise table.wrong("aliases", f"{alias!r}: write it in small letters, no spaces around")
    return aliases


def _flag(table: Table | None, known: Iterable[str]) -> Flag | None:
    if table is None:
        return None
    when = table.take("when", str)
    table.check_expression("when", when, known)
    flag = Flag(
        level=table.one_of("level", Level),
        route=table.one_of("route", Route),
        due_hours=table.take("due_hours", int),
        when=when,
        follow_up=table.take("follow_up", str),
    )
    if flag.due_hours < 1:
        raise table.wrong("due_hours", "must be at least 1")
    table.done()
    return flag


def _both(one: str | None, other: str | None) -> str | None:
    """Both conditions as one."""
    return f"({one}) and ({other})" if one and other else one or other
