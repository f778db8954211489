"""A family's paper form: printed for whoever may fill in for it."""

from collections.abc import Callable
from datetime import datetime

from kkb_core.definitions import Definitions
from kkb_core.i18n import say
from kkb_core.messaging import Document, Language
from kkb_core.reports import paper_form
from kkb_core.roles import Grant
from kkb_core.services.areas import known_area
from kkb_core.services.filling import may_fill_in
from kkb_core.storage import Tx, audit
from kkb_core.survey.paper import form_number


def printed(
    tx: Tx,
    definitions: Definitions,
    person_id: int,
    hat: Grant,
    household_id: int,
    *,
    language: Language,
    link: Callable[[str], str] | None,
    now: datetime,
) -> Document:
    """The form of the newest questionnaire, as PDF; *link* makes a square that opens it in the chat.

    Raises NotAllowed for a family out of reach.
    """
    home = may_fill_in(tx, person_id, hat, household_id)
    number = form_number(home.rt, home.id)
    place = say("task.place", language, rt=home.rt, rw=home.rw)
    head = paper_form.Head(
        number=number,
        household=home.label,
        place=f"{place}, {known_area(tx, home.area_code).name}",
        url=None if link is None else link(number),
    )
    audit.note(tx, person_id, "print_form", home.id, now=now)
    return Document(f"{number}.pdf", paper_form.pdf(definitions.current, head, language))
