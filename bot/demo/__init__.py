"""A village to try everything in: made-up families, one round gone by, one open, a chat in the browser."""

from bot.demo.running import run_demo
from bot.demo.seeding import JENGGOT, VILLAGE_CODE, Seeded, seed

__all__ = ["JENGGOT", "VILLAGE_CODE", "Seeded", "run_demo", "seed"]
