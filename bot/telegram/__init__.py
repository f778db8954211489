"""Telegram, and the only place that knows python-telegram-bot.

A raw update becomes a MsgIn (`parse`), kept before it is acknowledged (`intake`) and heard in the
person's own order (`order`); a MsgOut becomes Bot API calls (`render`, `sending`) over our own
transport (`request`), whose failures become ours (`errors`). `app` puts them together.
"""

import os

# python-telegram-bot warns until it is told to give waiting times as timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "1")
