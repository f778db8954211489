"""A MsgOut becomes Bot API calls."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from telegram import Bot, InlineKeyboardMarkup, InputFile
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.telegram import render
from bot.telegram.errors import translate
from bot.telegram.plain import call
from kkb_core.errors import SendError
from kkb_core.messaging import Address, Channel, FileKind, MsgOut, Picture

log = structlog.get_logger(__name__)

NOT_MODIFIED = "not modified"
NO_TEXT = "no text in the message"  # it is a picture or a document

Draw = Callable[[Picture], bytes]


class TelegramChannel:
    """Telegram as a channel: takes messages, one at a time. Raises SendError."""

    type = Channel.TELEGRAM

    def __init__(self, bot: Bot, draw: Draw) -> None:
        self._bot = bot
        self._draw = draw

    async def send(self, address: Address, msg: MsgOut) -> str | None:
        """Show *msg* and return the id of what carries its buttons; None if it only removed."""
        shown = await self.show(address, msg)
        return shown[-1] if shown else None

    async def show(self, address: Address, msg: MsgOut) -> list[str]:
        """`send`, returning the ids of all it became."""
        chat = int(address.id)
        if msg.removes:
            _, shown = await asyncio.gather(
                self._remove(chat, msg.removes), self._tried(chat, msg)
            )
        else:
            shown = await self._tried(chat, msg)
        if isinstance(shown, SendError):
            raise shown
        return shown

    async def acknowledge(self, query: str) -> None:
        """Stop the wheel on the tapped button; too late or not at all is no failure."""
        try:
            await call(self._bot, "answerCallbackQuery", callback_query_id=query)
        except TelegramError as error:
            log.debug("a tap was not acknowledged", error=type(error).__name__)

    async def _tried(self, chat: int, msg: MsgOut) -> list[str] | SendError:
        # A value, so that removing is waited for even when showing fails.
        try:
            return await self._show(chat, msg)
        except TelegramError as error:
            return translate(error)

    async def _show(self, chat: int, msg: MsgOut) -> list[str]:
        markup = render.keyboard(msg.replies)
        file = await self._file(msg)
        if file is None:
            return await self._show_text(chat, msg, markup)
        return await self._show_file(chat, msg, file, markup)

    async def _file(self, msg: MsgOut) -> InputFile | str | None:
        """What goes with the words; nothing where it lies elsewhere or was not drawn."""
        if msg.picture is not None:
            return await self._drawn(msg.picture)
        if msg.document is not None:
            return InputFile(msg.document.content, filename=msg.document.name)
        ours = msg.file is not None and msg.file.channel is self.type
        return msg.file.id if ours and msg.file and msg.replaces is None else None

    async def _drawn(self, picture: Picture) -> InputFile | None:
        try:
            content = await asyncio.to_thread(self._draw, picture)
        except Exception:
            log.exception("a picture was not drawn", picture=picture.kind)
            return None
        return InputFile(content, filename=f"{picture.kind}.png")

    async def _show_file(
        self, chat: int, msg: MsgOut, file: InputFile | str, markup: render.Keyboard | None
    ) -> list[str]:
        below = render.caption(msg.text)
        is_photo = msg.picture is not None or (msg.file and msg.file.kind is FileKind.PHOTO)
        send = self._bot.send_photo if is_photo else self._bot.send_document
        sent = await send(
            chat,
            file,
            caption=below or None,
            parse_mode=ParseMode.HTML if below else None,
            reply_markup=_object(markup) if below is not None else None,
        )
        after = [] if below is not None else await self._show_text(chat, msg, markup)
        return [str(sent.message_id), *after]

    async def _show_text(
        self, chat: int, msg: MsgOut, markup: render.Keyboard | None
    ) -> list[str]:
        shown: list[str] = []
        pieces = render.messages(msg.text)
        for number, piece in enumerate(pieces, start=1):
            below = markup if number == len(pieces) else None
            replaces = msg.replaces if number == 1 and msg.picture is None else None
            if replaces is not None and await self._edited(chat, replaces, piece, below):
                shown.append(replaces)
            else:
                shown.append(await self._sent(chat, piece, below))
        return shown

    async def _sent(self, chat: int, piece: str, markup: render.Keyboard | None) -> str:
        fields = _text_fields(chat, piece, markup)
        sent = await call(self._bot, "sendMessage", **fields)
        return str(sent["message_id"])

    async def _edited(
        self, chat: int, msg_id: str, piece: str, markup: render.Keyboard | None
    ) -> bool:
        """Whether the message now reads so; if it cannot be edited, it has to be sent anew."""
        if not msg_id.isdecimal():
            return False
        try:
            fields = _text_fields(chat, piece, markup)
            await call(self._bot, "editMessageText", message_id=int(msg_id), **fields)
        except BadRequest as error:
            if NO_TEXT in error.message.lower():
                return await self._recaptioned(chat, msg_id, piece, markup)
            return NOT_MODIFIED in error.message.lower()
        return True

    async def _recaptioned(
        self, chat: int, msg_id: str, piece: str, markup: render.Keyboard | None
    ) -> bool:
        """Whether the picture or document now has these words below it.

        Where they are too many its old ones go, and the new ones have to be sent.
        """
        fits = render.fits_caption(piece)
        try:
            await self._bot.edit_message_caption(
                chat_id=chat,
                message_id=int(msg_id),
                caption=piece if fits else None,
                parse_mode=ParseMode.HTML,
                reply_markup=_object(markup) if fits else None,
            )
        except BadRequest as error:
            return fits and NOT_MODIFIED in error.message.lower()
        return fits

    async def _remove(self, chat: int, msg_ids: tuple[str, ...]) -> None:
        await asyncio.gather(*(self._remove_one(chat, one) for one in msg_ids if one.isdecimal()))

    async def _remove_one(self, chat: int, msg_id: str) -> None:
        # One by one: the call for many is not spoken by every server.
        try:
            await self._bot.delete_message(chat, int(msg_id))
        except TelegramError as error:
            log.debug("a message was not removed", error=type(error).__name__)


def _text_fields(chat: int, piece: str, markup: render.Keyboard | None) -> dict[str, Any]:
    fields = {"chat_id": chat, "text": piece, "parse_mode": ParseMode.HTML.value}
    return fields if markup is None else fields | {"reply_markup": markup}


def _object(markup: render.Keyboard | None) -> InlineKeyboardMarkup | None:
    return None if markup is None else InlineKeyboardMarkup.de_json(markup)
