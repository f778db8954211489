"""The ways in and out: Telegram, the web simulator, the terminal; and what runs them."""
