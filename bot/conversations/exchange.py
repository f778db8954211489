"""One message heard, and what is said back: what every conversation is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kkb_core.broadcast import BroadcastRules
from kkb_core.definitions import Definitions
from kkb_core.i18n import day, say
from kkb_core.messaging import (
    Document,
    Language,
    MsgIn,
    MsgOut,
    Picture,
    QuickReply,
    Span,
    Text,
)
from kkb_core.services import consenting
from kkb_core.services.areas import zone_in
from kkb_core.services.reminding import Policy
from kkb_core.storage import Tx, people
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.conversations import wear
from kkb_core.storage.households import Household
from kkb_core.storage.interviews import StoredInterview
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.standing import Standing
from kkb_core.survey.questionnaire import Questionnaire

Rows = tuple[tuple[QuickReply, ...], ...]
Said = str | Span | Text
CLOSED = (PersonStatus.REFUSED, PersonStatus.STOPPED)
PRIVATE_STAYS = timedelta(minutes=15)  # how long an unanswered private message may stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who answers for the data, as people are told."""

    controller: str = "Dinsos-P2KB"
    officer: str = "Dinsos-P2KB"
    contact: str = ""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One turn in the making. Conversations read `standing`, move `topic` and `state`, and speak.

    The first `show` after a tap takes the place of the tapped message; everything else is a new
    message below.
    """

    tx: Tx
    msg: MsgIn
    now: datetime
    standing: Standing
    definitions: Definitions
    office: Office = field(default_factory=Office)
    policy: Policy = field(default_factory=Policy)
    broadcasts: BroadcastRules = field(default_factory=BroadcastRules)
    link: Callable[[str], str] | None = None
    topic: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    household: Household | None = None
    relation: Relation | None = None
    interview: StoredInterview | None = None
    hat: int | None = None
    said: list[MsgOut] = field(default_factory=list)
    lead: tuple[Said, ...] | None = None
    erased: bool = False
    _in_place: bool = False
    _zones: dict[str | None, ZoneInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        conversation = self.standing.conversation
        self.topic, self.state = conversation.topic, dict(conversation.state)
        self.household, self.interview = self.standing.household, self.standing.interview
        self.relation, self.hat = self.standing.relation, conversation.hat
        self._in_place = self.msg.tap is not None and self.msg.msg_id is not None

    # -- who and what ------------------------------------------------------------------------

    @property
    def person(self) -> int:
        """The id of the person who wrote."""
        return self.standing.person.id

    @property
    def language(self) -> Language:
        """Their language; Indonesian until they chose."""
        return self.standing.person.language or Language.ID

    def speak(self, language: Language) -> None:
        """From here on this turn is in *language*."""
        self.standing = replace(
            self.standing, person=replace(self.standing.person, language=language)
        )

    def words(self, key: str, /, **values: object) -> str:
        """Interface words in the person's language."""
        return say(key, self.language, **values)

    def local(self, text: Mapping[Language, str]) -> str:
        """A questionnaire's text in the person's language."""
        return text[self.language]

    def day(self, at: datetime, village: str | None = None) -> str:
        """The day it is *at* that moment in *village*, else where the person's household lives."""
        code = village or (None if self.household is None else self.household.area_code)
        if code not in self._zones:
            self._zones[code] = zone_in(self.tx, code)
        return day(at.astimezone(self._zones[code]), self.language)

    def button(self, key: str, data: str, /, **values: object) -> QuickReply:
        """A button with interface words."""
        return QuickReply(self.words(key, **values), data)

    @property
    def stored(self) -> StoredInterview:
        """The interview being answered; there must be one."""
        assert self.interview is not None
        return self.interview

    @property
    def has_begun(self) -> bool:
        """Whether this person has taken the first step into the household's interview."""
        return self.interview is not None and self.interview.cursor is not None

    @property
    def idle(self) -> timedelta:
        """How long the question on the screen has been standing."""
        return self.now - (self.stored.asked_at or self.stored.updated_at)

    @property
    def questionnaire(self) -> Questionnaire:
        """The version the interview began on."""
        return self.definitions.questionnaire(self.stored.questionnaire)

    # -- moving ------------------------------------------------------------------------------

    def move(self, topic: str, **state: Any) -> None:
        """What the next message will be about."""
        self.topic, self.state = topic, state

    def rest(self) -> None:
        """Back to the family's own way; that an answer asked for help is not forgotten."""
        self.move("rest", **({"flagged": True} if self.state.get("flagged") else {}))

    @property
    def moved(self) -> bool:
        """Whether the conversation's row must be saved."""
        before = self.standing.conversation
        return (self.topic, self.state, self.household_id, self.interview_id) != (
            before.topic,
            dict(before.state),
            before.household_id,
            before.interview_id,
        )

    @property
    def household_id(self) -> int | None:
        """The household being talked about."""
        return self.household.id if self.household else None

    @property
    def interview_id(self) -> int | None:
        """The interview being answered."""
        return self.interview.id if self.interview else None

    def turn_to(self, household: Household | None, relation: Relation = Relation.SELF) -> None:
        """Talk about another household from now on, or about none."""
        self.household, self.interview = household, None
        self.relation = relation if household else None

    @property
    def fills_in(self) -> bool:
        """Whether a cadre answers here in the name of a family."""
        return self.relation is Relation.CADRE

    def wear(self, hat: int | None) -> None:
        """Act in this role from now on; None: as family."""
        if hat != self.hat:
            wear(self.tx, self.person, hat)
            self.hat = hat

    def where(self, *lead: Said) -> None:
        """Leave it to the router to show where the person is now, under *lead*."""
        self.lead = lead

    def outdated(self) -> None:
        """An old, doubled or foreign tap: nothing changes, and the person sees where they are."""
        self.below()
        self.lead = (self.words("refused.outdated"),)

    def stand(self, status: PersonStatus, *, until: datetime | None = None) -> None:
        """How the person stands towards us from now on."""
        people.set_status(self.tx, self.person, status, paused_until=until)
        self.standing = replace(
            self.standing, person=replace(self.standing.person, status=status, paused_until=until)
        )

    def record(self, kind: ConsentKind, *, given: bool) -> None:
        """Put what the person answered to a consent into the ledger."""
        consenting.record(
            self.tx,
            self.person,
            kind,
            given=given,
            language=self.language,
            channel=self.msg.address.channel,
            now=self.now,
        )

    # -- speaking ----------------------------------------------------------------------------

    def show(
        self,
        *lines: Said,
        replies: Rows = (),
        private: bool = False,
        picture: Picture | None = None,
    ) -> None:
        """Say *lines* in the place of the tapped message, or below."""
        replaces = self.msg.msg_id if self._in_place and picture is None else None
        self._in_place = self._in_place and picture is not None
        self.said.append(
            MsgOut(
                text=Text.lines(lines),
                replies=replies,
                replaces=replaces,
                private=private,
                picture=picture,
            )
        )

    def tell(self, *lines: Said, replies: Rows = (), document: Document | None = None) -> None:
        """Say *lines* in a message of their own, and leave the tapped message as it is."""
        self.said.append(MsgOut(text=Text.lines(lines), replies=replies, document=document))

    def remove(self, msg_id: str) -> None:
        """Take a message off the screen."""
        self.said.append(MsgOut(removes=(msg_id,)))

    def below(self) -> None:
        """Leave the tapped message as it is: what is shown next comes as a new message."""
        self._in_place = False


def column(*buttons: QuickReply) -> Rows:
    """One button a row."""
    return tuple((button,) for button in buttons)


def grid(buttons: "list[QuickReply] | tuple[QuickReply, ...]", width: int) -> Rows:
    """*width* buttons a row."""
    return tuple(tuple(buttons[at : at + width]) for at in range(0, len(buttons), width))
