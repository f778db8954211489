"""`kkb webhook`: whom Telegram calls, and how to end it."""

import asyncio

import typer

from bot.cli.app import app, settings
from bot.settings import Settings
from kkb_core.errors import InputRefused

webhook_app = typer.Typer(help="Whom Telegram calls for this token.", no_args_is_help=True)
app.add_typer(webhook_app, name="webhook")


@webhook_app.command("remove")
def webhook_remove(context: typer.Context) -> None:
    """Have Telegram call nobody: to poll again, or to take the token over."""
    removed = asyncio.run(_remove(settings(context)))
    typer.echo(f"webhook: {removed} is called no longer" if removed else "webhook: there was none")


async def _remove(given: Settings) -> str | None:
    from bot.telegram import app as telegram  # noqa: PLC0415  the others need not wait
    from bot.telegram import webhook  # noqa: PLC0415

    if given.telegram.token is None:
        raise InputRefused("telegram.token is not set; set token or token_file")
    account = await telegram.connect(
        given.telegram.token.get_secret_value(), api_base_url=given.telegram.api_base_url
    )
    try:
        return await webhook.remove(account.bot)
    finally:
        await account.close()
