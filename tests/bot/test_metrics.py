"""What is counted can be read."""

from bot.metrics import REGISTRY, SENDS, exposition


def test_the_exposition_is_prometheus_text() -> None:
    SENDS.labels("telegram", "sent").inc()

    told = exposition().decode()

    assert 'kkb_sends_total{channel="telegram",outcome="sent"}' in told


def test_no_metric_is_about_a_person() -> None:
    allowed = {"channel", "kind", "outcome", "error", "job", "what", "le"}

    labels = {label for metric in REGISTRY.collect() for s in metric.samples for label in s.labels}

    assert labels <= allowed
