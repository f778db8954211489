"""The command menu beside the text field, in the person's language and for their role."""

from collections import OrderedDict
from collections.abc import Iterable

import structlog
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.telegram.turns import Conversing
from kkb_core.errors import DatabaseUnavailable
from kkb_core.i18n import say
from kkb_core.messaging import Address, Channel, Language, MsgIn
from kkb_core.storage import Database

log = structlog.get_logger(__name__)

NOBODY = Address(Channel.TELEGRAM, "0")
LANGUAGE_TAP = "lang:"
REMEMBERED = 10_000  # people whose menu we know we have set

Commands = Iterable[tuple[str, str]]


class Menus:
    """Sets menus; one that cannot be set is no failure, the commands work without."""

    def __init__(self, bot: Bot, database: Database, conversations: Conversing) -> None:
        self._bot = bot
        self._database = database
        self._conversations = conversations
        self._known: OrderedDict[str, tuple[tuple[str, str], ...]] = OrderedDict()

    async def publish(self) -> None:
        """The menu of those who have chosen nothing yet, in the language of their app."""
        language, commands = await self._read(NOBODY)
        await self._set(commands)
        for other in Language:
            words = commands
            if other is not language:
                words = [(name, say(f"command.{name}", other)) for name, _ in commands]
            await self._set(words, language_code=other.value)

    async def follow(self, msg: MsgIn) -> None:
        """After what may have changed the person's menu, see whether it did.

        Languages are tapped or typed, codes that give a role are typed.
        """
        if msg.text is not None or (msg.tap or "").startswith(LANGUAGE_TAP):
            await self.refresh(msg.address)

    async def refresh(self, address: Address) -> None:
        """The person's own menu, if it is another than the one they have."""
        try:
            _, commands = await self._read(address)
        except DatabaseUnavailable:
            return
        wanted = tuple(commands)
        if self._known.get(address.id) == wanted:
            return
        if await self._set(commands, scope=BotCommandScopeChat(int(address.id))):
            self._known[address.id] = wanted
            self._known.move_to_end(address.id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    async def _read(self, address: Address) -> tuple[Language, list[tuple[str, str]]]:
        return await self._database.read(lambda tx: self._conversations.menu(tx, address))

    async def _set(
        self,
        commands: Commands,
        *,
        scope: BotCommandScopeChat | None = None,
        language_code: str | None = None,
    ) -> bool:
        buttons = [BotCommand(name, words) for name, words in commands]
        try:
            await self._bot.set_my_commands(buttons, scope=scope, language_code=language_code)
        except TelegramError as error:
            log.warning("a command menu was not set", error=type(error).__name__)
            return False
        return True
