"""python-telegram-bot as its documentation shows it: `python -m benchmarks.bots.stock echo|survey URL`."""

import sys

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

TOKEN = "7654321:bench"  # noqa: S105 - of a server that knows none
QUESTIONS = 60
KEYBOARD = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Ya", callback_data="a:1"),
            InlineKeyboardButton("Tidak", callback_data="a:2"),
        ]
    ]
)


async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    """Echo the user message."""
    await update.message.reply_text(update.message.text)


async def start(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> int:
    """Ask the first question."""
    await update.message.reply_text("Pertanyaan 1", reply_markup=KEYBOARD)
    return 0


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Keep the answer, ask the next question."""
    query = update.callback_query
    await query.answer()
    given = context.user_data.setdefault("answers", [])
    given.append(query.data)
    await query.edit_message_text(f"Pertanyaan {len(given) + 1}", reply_markup=KEYBOARD)
    return len(given) % QUESTIONS


def main(what: str, address: str) -> None:
    """Run until told to stop."""
    application = Application.builder().token(TOKEN).base_url(f"{address}/bot").build()
    if what == "echo":
        application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    else:
        survey = ConversationHandler(
            entry_points=[CommandHandler("start", start)],
            states={n: [CallbackQueryHandler(answer)] for n in range(QUESTIONS)},
            fallbacks=[CommandHandler("start", start)],
        )
        application.add_handler(survey)
    application.run_polling(allowed_updates=Update.ALL_TYPES)


if __name__ == "__main__":
    main(*sys.argv[1:])
