"""Starting a bot, loading it, and reading what it used."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bots.entrants import SECRET, Entrant

PEOPLE = 256
ROUND_TRIP = 0.05  # seconds
OFFERED = 40  # answers a second
PATIENCE = 180.0  # seconds until what does not come fails the run
LONGEST = 20.0  # seconds a load lasts; who is slower is measured by what they did in them
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one bot showed. `cpu` in microseconds an answer, `p50` and `p99` in milliseconds."""

    cpu: float
    cpu_alone: float
    rate: float
    p50: float
    p99: float
    memory: float


class Server:
    """The fake Bot API, spoken to as its operator."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._port = port

    def ask(self, what: str, **fields: Any) -> Any:
        """Tell the server something; what it says."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        connection.request(
            "POST", f"/control/{what}", json.dumps(fields), {"Content-Type": "application/json"}
        )
        answer = json.loads(connection.getresponse().read())["result"]
        connection.close()
        return answer

    def until(self, enough: Callable[[Any], bool], *, within: float) -> dict[str, Any]:
        """Wait until *enough* holds of the server's state, or the time is over; the state."""
        give_up = time.monotonic() + within
        while not enough(state := self.ask("state")) and time.monotonic() < give_up:
            time.sleep(0.1)
        return dict(state)


@contextmanager
def serving() -> Iterator[Server]:
    """The server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.bots.server", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        server = Server(port)
        give_up = time.monotonic() + 10
        while True:
            try:
                server.ask("state")
                break
            except OSError:
                assert time.monotonic() < give_up, "the server did not start"
                time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait()


class Measuring:
    """One bot under load."""

    def __init__(self, entrant: Entrant, server: Server) -> None:
        self._entrant = entrant
        self._server = server
        self._processes: list[psutil.Popen] = []

    def start(self) -> None:
        """Start it, as often as it has processes."""
        for command in self._entrant.commands:
            quiet = subprocess.DEVNULL
            self._processes.append(psutil.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet))
        for port in self._entrant.ports:
            until_ready(port)
        self._server.ask("hook", ports=self._entrant.ports, secret=SECRET)

    def stop(self) -> None:
        """End it."""
        for process in self._processes:
            process.kill()
            process.wait()

    def all(self, answers: int) -> Figures:
        """Every figure, one load after the other, each with people of its own."""
        alone, _ = self._load(people=1, answers=answers // 5)
        crowd, _ = self._load(people=PEOPLE, answers=answers)
        _, state = self._load(people=PEOPLE, answers=answers, round_trip=ROUND_TRIP)
        rate = _turns(state) / (state["ended"] - state["began"])
        offered = min(400, answers)
        _, state = self._load(people=PEOPLE, answers=offered, round_trip=ROUND_TRIP, rate=OFFERED)
        waits = sorted(state["waits"])
        return Figures(
            cpu=crowd,
            cpu_alone=alone,
            rate=rate,
            p50=waits[len(waits) // 2] * 1e3,
            p99=waits[len(waits) * 99 // 100] * 1e3,
            memory=sum(peak(process) for process in self._processes) / 1e6,
        )

    def _load(self, *, answers: int, **load: Any) -> tuple[float, dict[str, Any]]:
        """CPU microseconds a turn, and what the server saw."""
        words = self._entrant.words
        self._server.ask("gather", people=PEOPLE, hello=self._entrant.hello, words=words)
        greeted = self._server.until(lambda now: now["ready"] >= PEOPLE, within=PATIENCE)
        assert greeted["ready"] >= PEOPLE, f"{self._entrant.name}: {greeted['ready']} were greeted"
        before = self._cpu()
        self._server.ask("begin", answers=answers, words=words, **load)
        state = self._server.until(lambda now: now["answered"] >= answers, within=LONGEST)
        cpu = (self._cpu() - before) / max(1, _turns(state)) * 1e6
        self._server.ask("halt")
        return cpu, state

    def _cpu(self) -> float:
        times = [process.cpu_times() for process in self._processes]
        return float(sum(one.user + one.system for one in times))


def until_ready(port: int) -> None:
    """Wait until a bot whose pages are at *port* says that it is ready."""
    give_up = time.monotonic() + 30
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == HTTPStatus.OK:
                return
        assert time.monotonic() < give_up, "a process did not become ready"
        time.sleep(0.05)


def _turns(state: Mapping[str, Any]) -> int:
    """What was tapped and answered: a step between questions is as many calls as an answer."""
    return int(state["answered"] + state["steps"])


def peak(process: psutil.Popen) -> float:
    """The most memory it ever had, in bytes; where the system does not say, what it has now."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        return next(float(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        return float(process.memory_info().rss)
