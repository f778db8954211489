"""What is counted and measured; the list of names is the documentation.

Labels hold kinds and outcomes, never a person, a chat or an answer.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

UPDATES = Counter("kkb_updates", "Updates taken from a channel.", ["channel"], registry=REGISTRY)

TURNS = Counter("kkb_turns", "Turns by what they were.", ["channel", "kind"], registry=REGISTRY)

QUARANTINED = Counter(
    "kkb_updates_quarantined", "Updates set aside unread.", ["channel"], registry=REGISTRY
)

WAITING = Gauge(
    "kkb_updates_waiting", "Updates taken and not yet done.", ["channel"], registry=REGISTRY
)

TURN_SECONDS = Histogram(
    "kkb_turn_seconds",
    "From the start of a turn's transaction to its commit.",
    registry=REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)

TURN_STATEMENTS = Histogram(
    "kkb_turn_statements",
    "Statements a turn asked of the database.",
    registry=REGISTRY,
    buckets=(2, 4, 5, 6, 8, 10, 15, 20, 40),
)

REPLY_SECONDS = Histogram(
    "kkb_reply_seconds",
    "From an update's arrival to its last reply's acceptance.",
    ["channel"],
    registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
)

SENDS = Counter(
    "kkb_sends",
    "Messages by what became of them: sent, or the name of the error.",
    ["channel", "outcome"],
    registry=REGISTRY,
)

OUTBOX = Counter(
    "kkb_outbox",
    "Messages of the outbox by what became of them: sent, unknown, or why not.",
    ["channel", "outcome"],
    registry=REGISTRY,
)

OUTBOX_ROWS = Gauge(
    "kkb_outbox_rows",
    "Messages that have not ended, by state.",
    ["channel", "what"],
    registry=REGISTRY,
)

OUTBOX_OLDEST = Gauge(
    "kkb_outbox_oldest_seconds",
    "For how long the oldest message that is due has waited.",
    ["channel"],
    registry=REGISTRY,
)

CHANNEL_ERRORS = Counter(
    "kkb_channel_errors",
    "Polls of a channel that failed, by error.",
    ["channel", "error"],
    registry=REGISTRY,
)

OPEN_INTERVIEWS = Gauge(
    "kkb_interviews_open",
    "Interviews of open rounds that are begun and not complete, once a minute.",
    registry=REGISTRY,
)

DATABASE_ERRORS = Counter(
    "kkb_database_errors", "Times the database could not serve us.", registry=REGISTRY
)

JOB_SECONDS = Histogram(
    "kkb_job_seconds", "How long a job of the clock took.", ["job"], registry=REGISTRY
)

JOB_FAILURES = Counter("kkb_job_failures", "Jobs that failed.", ["job"], registry=REGISTRY)

JOB_RESULTS = Counter(
    "kkb_job_results", "What the jobs of the clock counted.", ["job", "what"], registry=REGISTRY
)


def exposition() -> bytes:
    """Everything in Prometheus' text format."""
    return generate_latest(REGISTRY)
