"""What may not stay on a screen: private questions, and what was answered to them."""

from bot.conversations.exchange import Exchange
from kkb_core.messaging import MsgOut
from kkb_core.services.answering import value_of
from kkb_core.storage.conversations import (
    forget_prompts,
    prompts_of,
    remember_prompt,
)


def is_private(exchange: Exchange) -> bool:
    """Whether what stands on the screen is for nobody else's eyes."""
    if exchange.topic == "aside":
        return True
    if not exchange.has_begun:
        return False
    interview = value_of(exchange.stored)
    waiting = interview.waiting_for
    return (
        waiting is not None
        and not interview.asking_safety
        and exchange.questionnaire.questions[waiting].sensitive
    )


def take_private_away(exchange: Exchange, *, was_private: bool) -> list[MsgOut]:
    """Question and answer leave the screen: edited by the tap, or removed when typed."""
    tx, msg, said = exchange.tx, exchange.msg, exchange.said
    replaced = next((out for out in said if out.replaces is not None), None)
    if replaced is not None and replaced.replaces is not None and replaced.private:
        remember_prompt(tx, msg.address, replaced.replaces, now=exchange.now)
        return said
    if not was_private:
        return said
    on_screen = [one.msg_id for one in prompts_of(tx, msg.address)]
    forget_prompts(tx, msg.address, on_screen)
    gone = [one for one in on_screen if replaced is None or one != replaced.replaces]
    if msg.tap is None and msg.msg_id is not None and not any(out.removes for out in said):
        gone.append(msg.msg_id)
    return [MsgOut(removes=tuple(gone)), *said] if gone else said
