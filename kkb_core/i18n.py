"""Interface words from the gettext catalogues in `locales/`; Javanese falls back to Indonesian, then English.

Questionnaire texts do not come from here: they exist in every language or do not load.
"""

from functools import cache
from importlib import resources
from io import BytesIO

from babel.messages.pofile import read_po

from kkb_core.messaging import Language

FALLBACK: dict[Language, tuple[Language, ...]] = {
    Language.ID: (Language.ID, Language.EN),
    Language.JV: (Language.JV, Language.ID, Language.EN),
    Language.EN: (Language.EN, Language.ID),
}


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every translated key of one catalogue; drafts ("fuzzy") are words too."""
    raw = resources.files("kkb_core").joinpath(f"locales/{language.value}.po").read_bytes()
    read = read_po(BytesIO(raw), locale=language.value)
    return {str(m.id): str(m.string) for m in read if m.id and m.string}


@cache
def _template(key: str, language: Language) -> str:
    for candidate in FALLBACK[language]:
        found = catalogue(candidate).get(key)
        if found is not None:
            return found
    raise KeyError(key)


def say(key: str, language: Language, /, **values: object) -> str:
    """The words for *key*, with `{name}` places filled from *values*.

    Raises KeyError for a key no catalogue has: a mistake in our code, found by the tests.
    """
    template = _template(key, language)
    return template.format(**values) if values else template
