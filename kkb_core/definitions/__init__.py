"""Reads questionnaires/ and scoring/: data that people who are not programmers edit.

What is wrong is refused with the file, the key and the cure; nothing is repaired.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from kkb_core.definitions.packs import read_pack
from kkb_core.definitions.questionnaires import read_questionnaire
from kkb_core.errors import DefinitionError
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import Questionnaire


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Every published questionnaire by its id, and the newest pack of each name."""

    questionnaires: Mapping[str, Questionnaire]
    packs: Mapping[str, Pack]

    def questionnaire(self, id: str) -> Questionnaire:  # noqa: A002  `kkb.v1` is its id
        """The version *id*, for an interview that began on it. Raises DefinitionError."""
        found = self.questionnaires.get(id)
        if found is None:
            known = ", ".join(self.questionnaires)
            raise DefinitionError(
                f"questionnaires: there is no {id!r}, only {known}; "
                "put its file back: an interview ends on the version it began"
            )
        return found

    @property
    def current(self) -> Questionnaire:
        """The highest version: what a new interview begins on."""
        return max(self.questionnaires.values(), key=lambda one: one.version)

    def pack(self, name: str) -> Pack:
        """The pack called *name*. Raises DefinitionError."""
        found = self.packs.get(name)
        if found is None:
            known = " or ".join(self.packs)
            raise DefinitionError(f"scoring: there is no pack {name!r}; say {known}")
        return found


def load(folder: Traversable | None = None) -> Definitions:
    """Read `questionnaires/` and `scoring/` of *folder*, or what the package brings (once).

    Raises DefinitionError.
    """
    return _packaged() if folder is None else _read(folder)


@cache
def _packaged() -> Definitions:
    return _read(files("kkb_core"))


def _read(folder: Traversable) -> Definitions:
    questionnaires = {
        one.id: one
        for one in (
            read_questionnaire(file.name, file.read_bytes())
            for file in _toml(folder, "questionnaires")
        )
    }
    packs: dict[str, Pack] = {}
    for file in _toml(folder, "scoring"):
        pack = read_pack(file.name, file.read_bytes(), questionnaires)
        older = packs.get(pack.name)
        if older is None or older.version < pack.version:
            packs[pack.name] = pack
    return Definitions(questionnaires=questionnaires, packs=packs)


def _toml(folder: Traversable, name: str) -> list[Traversable]:
    inside = folder.joinpath(name)
    found = (
        sorted((f for f in inside.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
        if inside.is_dir()
        else []
    )
    if not found:
        raise DefinitionError(f"{name}/: no .toml file; put at least one there")
    return found
