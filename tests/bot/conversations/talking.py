"""A family that answers by itself, so that a test tells only what matters to it."""

from collections.abc import Mapping

from tests.test_transcripts import Phone

HELLO = ("halo", "[Bahasa Indonesia]", "[Ya]", "[Saya setuju]", "jenggot", "3", "2", "Keluarga A")
# The best answers of a couple with a baby and a schoolchild; elsewhere "Ya" or the first button.
ANSWERS = {
    "members": "4", "wife_age": "29", "pregnant": "tidak", "kids": "1, 12", "kids_0_23m": "1",
    "kids_7_15": "1", "youngest_gap": "7", "elder": "tidak", "disability": "tidak",
    "SOS6": "tidak", "EKO3": "tidak", "EKO6": "tidak", "REP2": "2", "REP5": "tidak",
    "LGK4": "60", "LGK7": "tidak", "LIN1": "tidak", "LIN2": "tidak ada", "LIN6": "tidak",
    "LIN7a": "tidak", "LIN7b": "tidak",
}  # fmt: skip
MOST = 120  # steps


async def plays(phone: Phone, *lines: str) -> str:
    """What is shown after the last of *lines*."""
    said: list[str] = []
    for line in lines:
        said = await phone.does(line if line[0] in "@>=" else f"> {line}")
        assert not any("!!" in one for one in said), line
    return "\n".join(said)


async def answers(
    phone: Phone, given: Mapping[str, str] | None = None, *, until: str = ""
) -> list[str]:
    """Answer on until *until* is asked, or all is done; the questions that were asked."""
    asked: list[str] = []
    for _ in range(MOST):
        labels = [button.label for _, button in phone.screen.buttons()]
        name = _waiting(phone)
        if until in (name, *labels):
            return asked
        if name is None:
            onwards = [label for label in labels if label.startswith(("Lanjut", "Boleh dihub"))]
            if not onwards:
                return asked
            await plays(phone, f"[{onwards[0]}]")
        elif "Aman" in labels:
            await plays(phone, "[Aman]")
        else:
            asked.append(name)
            usual = "[Ya]" if "Ya" in labels else f"[{labels[0]}]"
            await plays(phone, {**ANSWERS, **(given or {})}.get(name, usual))
    raise AssertionError(f"never came to {until or 'an end'}")


def _waiting(phone: Phone) -> str | None:
    """The question the last buttons belong to."""
    for _, button in phone.screen.buttons():
        verb, *rest = button.data.split(":")
        if verb in ("a", "n", "p", "s"):
            return rest[1]
    return None
