"""How far answers hold at the door, in words: the same in the chat and in the binder."""

from kkb_core.i18n import say
from kkb_core.messaging import Language
from kkb_core.summary.match import Match
from kkb_core.summary.tallies import SMALLEST


def match_words(match: Match, language: Language) -> list[str]:
    """The figure, unless too few were asked, and who was not met or not tried yet."""
    tried = match.asked + match.not_met
    if not tried:
        return [say("match.none", language)]
    figure = (
        say("match.few", language, count=SMALLEST)
        if match.percent is None
        else say(
            "match.figure",
            language,
            agrees=match.agrees,
            of=match.agrees + match.differs,
            percent=match.percent,
            asked=match.asked,
        )
    )
    return [figure, say("match.others", language, not_met=match.not_met, left=match.left)]
