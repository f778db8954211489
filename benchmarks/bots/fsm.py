"""aiogram 3 as its documentation shows it, states in memory: `python fsm.py URL`, in aiogram's own venv."""

import asyncio
import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

TOKEN = "7654321:bench"  # noqa: S105 - of a server that knows none
KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[
        [
            InlineKeyboardButton(text="Ya", callback_data="a:1"),
            InlineKeyboardButton(text="Tidak", callback_data="a:2"),
        ]
    ]
)
dispatcher = Dispatcher(storage=MemoryStorage())


class Survey(StatesGroup):
    """Where somebody is."""

    asking = State()


@dispatcher.message(CommandStart())
async def begin(message: Message, state: FSMContext) -> None:
    """Ask the first question."""
    await state.set_state(Survey.asking)
    await state.update_data(answers=[])
    await message.answer("Pertanyaan 1", reply_markup=KEYBOARD)


@dispatcher.callback_query(Survey.asking, F.data.startswith("a:"))
async def answer(query: CallbackQuery, state: FSMContext) -> None:
    """Keep the answer, ask the next question."""
    given = [*(await state.get_data())["answers"], query.data]
    await state.update_data(answers=given)
    await query.answer()
    await query.message.edit_text(f"Pertanyaan {len(given) + 1}", reply_markup=KEYBOARD)


async def main(address: str) -> None:
    """Run until told to stop."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(address))
    await dispatcher.start_polling(Bot(TOKEN, session=session))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
