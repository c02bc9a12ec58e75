"""The metrics of a real controller, and a real Prometheus that scrapes them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.fleet import PREFIX, Fleet, fleet_on
from tests.support.media import make_media
from tests.support.processes import ROOT, Process
from tests.support.recogniser import serving
from tests.support.servers import LOOPBACK, RedisServer, free_port
from tests.support.waiting import wait_for
from videobatch.records import Allowance, Currency, Feedback, Permit, VideoState
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store

pytestmark = [pytest.mark.real, pytest.mark.runs("controllers.__main__", "controllers.metrics")]

SOON_S = 300.0
DOCUMENT = (ROOT / "docs/reference/metrics.md").read_text("utf-8")
RULES = ROOT / "config/prometheus/alerts.yml"
SCOPE = "openai.default.whisper-1"


def documented() -> list[str]:
    """The names in docs/reference/metrics.md."""
    rows = re.findall(r"^\| (`videobatch_.*?) \| ", DOCUMENT, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([a-z_]+)(?:\{[a-z,]*\})?`", row)]


@pytest.fixture
def fleet(redis_server: RedisServer, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(redis_server, tmp_path) as made:
        yield made


def call_once(fleet: Fleet) -> None:
    """One call, served within a limit that the server tells."""
    limiter = RedisLimiter(Store(fleet.client, PREFIX), Scope(SCOPE, {Currency.MONEY_DAY: 5.0}))
    need = {Currency.REQUESTS_MIN: 1.0, Currency.MONEY_DAY: 0.5}
    permit = limiter.acquire(need)
    assert isinstance(permit, Permit)
    told = {Currency.REQUESTS_MIN: Allowance(60.0, 59.0)}
    limiter.settle(permit, need, Feedback(allowances=told))


@pytest.fixture
def port(fleet: Fleet, tmp_path: Path) -> Iterator[int]:
    """Of a controller that leads, with a worker beside a recogniser, a document and a call behind
    it."""
    with serving(tmp_path / "s.sock"):
        chosen = begun(fleet, tmp_path, VIDEOBATCH_SPEECH__SOCKET=str(tmp_path / "s.sock"))
        is_told = lambda: "videobatch_recogniser_threads" in scraped(chosen)  # noqa: E731
        wait_for(is_told, SOON_S, "a worker's sample with the recogniser")
        yield chosen


def begun(fleet: Fleet, tmp_path: Path, **of_worker: str) -> int:
    """The controller's port, once there is a document."""
    chosen = free_port()
    controller = fleet.start_controller(
        VIDEOBATCH_METRICS__PORT=str(chosen), VIDEOBATCH_BUDGET__MONEY_DAY="5"
    )
    controller.wait_for_line("leading", SOON_S)
    worker = fleet.start_worker(**of_worker)
    call_once(fleet)
    folder = tmp_path / "videos"
    folder.mkdir()
    fleet.submit(make_media(folder / "a.mkv"))
    worker.wait_for(lambda: fleet.state("a") is VideoState.DONE, SOON_S, "a document")
    return chosen


def scraped(port: int) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Samples by name."""
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=SOON_S) as answer:
        text = answer.read().decode()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(samples: list[tuple[dict[str, str], float]], **labels: str) -> float:
    (found,) = [number for of, number in samples if labels.items() <= of.items()]
    return found


def is_told(port: int, name: str, wanted: float, **labels: str) -> bool:
    """Whether the controller tells that now; a worker that was not heard of just now is missing."""
    return wanted in [
        number for of, number in scraped(port).get(name, []) if labels.items() <= of.items()
    ]


def test_what_a_controller_tells(fleet: Fleet, port: int) -> None:
    # What is of workers comes with their next sample, and is told while that is fresh.
    for name, number, labels in (
        ("videobatch_worker_videos_total", 1, {"outcome": "done"}),
        ("videobatch_workers", 1, {}),
        ("videobatch_recogniser_threads", 2, {}),
        ("videobatch_recogniser_sound_seconds_total", 0, {}),
        ("videobatch_recogniser_stills_total", 0, {}),
    ):
        told = partial(is_told, port, name, number, **labels)
        wait_for(told, SOON_S, name)

    def has_decided() -> bool:
        seen = scraped(port)
        decided = sum(number for _, number in seen.get("videobatch_decisions_total", []))
        return decided >= 1 and value(seen["videobatch_controller_round_seconds_count"]) >= 1

    wait_for(has_decided, SOON_S, "rounds, and what they decided")
    found = scraped(port)
    assert value(found["videobatch_videos"], state="done") == 1
    assert value(found["videobatch_batches"], state="finished") == 1
    assert value(found["videobatch_video_duration_seconds_count"]) == 1
    assert 0 < value(found["videobatch_video_duration_seconds_sum"]) < SOON_S
    assert value(found["videobatch_video_duration_seconds_bucket"], le="+Inf") == 1
    assert value(found["videobatch_call_duration_seconds_count"], scope=SCOPE) == 1
    assert value(found["videobatch_paid_dollars"]) == pytest.approx(0.5)
    assert value(found["videobatch_quota_used_ratio"], limit="money day") == pytest.approx(0.1)
    assert value(found["videobatch_requests_per_minute_limit"], scope=SCOPE) == 60
    assert value(found["videobatch_permits_in_flight"], scope=SCOPE) == 0
    assert value(found["videobatch_leader"]) == 1
    # A histogram counts up.
    buckets = [number for _, number in found["videobatch_video_duration_seconds_bucket"]]
    assert buckets == sorted(buckets)


def test_every_metric_is_documented_and_every_documented_one_is_there(
    fleet: Fleet, port: int
) -> None:
    # Those of workers are missing while none was heard of just now.
    is_same = lambda: told_names(port) == sorted(documented())  # noqa: E731
    wait_for(is_same, SOON_S, "the same names", lambda: f"told: {told_names(port)}")


def told_names(port: int) -> list[str]:
    """The names of our metrics, of a histogram once."""
    ends = ("_bucket", "_sum", "_count", "_created")
    ours = {name for name in scraped(port) if name.startswith("videobatch_")}
    of_histograms = {name.removesuffix("_bucket") for name in ours if name.endswith("_bucket")}
    return sorted({name for name in ours if not name.endswith(ends)} | of_histograms)


def test_without_redis_the_rest_is_still_told(fleet: Fleet, port: int) -> None:
    fleet.server.stop()
    try:
        found = scraped(port)
    finally:
        fleet.server.start()
    assert value(found["videobatch_redis_up"]) == 0
    assert "videobatch_videos" not in found
    assert value(found["videobatch_build_info"]) == 1


def test_a_port_that_is_taken_is_an_error_that_names_the_setting(fleet: Fleet, port: int) -> None:
    second = fleet.start_controller("second", VIDEOBATCH_METRICS__PORT=str(port))
    second.wait_for(lambda: not second.is_alive(), SOON_S, "it ends")
    assert second.returncode == 2
    assert "VIDEOBATCH_METRICS__PORT cannot be opened" in second.log()


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (apt install prometheus)")
    return found


def query(port: int, expression: str) -> list[Any]:
    """What Prometheus answers."""
    asked = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/api/v1/query?{asked}") as answer:
        found: list[Any] = json.load(answer)["data"]["result"]
    return found


def test_prometheus_answers_for_each_metric(fleet: Fleet, port: int, tmp_path: Path) -> None:
    binary, own = program("prometheus"), free_port()
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: ['{RULES}']\n"
        "scrape_configs:\n"
        f"  - {{job_name: videobatch, static_configs: [{{targets: ['{LOOPBACK}:{port}']}}]}}\n"
    )
    argv = [
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address={LOOPBACK}:{own}",
    ]
    with Process(argv, tmp_path / "prometheus.log") as prometheus:
        prometheus.wait_for_line("Server is ready", SOON_S)
        # A scrape that took too long leaves nothing: what the last one told stands behind it.
        for name in documented():
            scrapes = f'last_over_time({{__name__=~"{name}(_count)?"}}[1h])'
            prometheus.wait_for(partial(query, own, scrapes), SOON_S, name)
        prometheus.wait_for(
            lambda: [one["value"][1] for one in query(own, "videobatch_leader")] == ["1"],
            SOON_S,
            "the leader",
        )


def test_the_alert_rules_are_sound(tmp_path: Path) -> None:
    promtool = program("promtool")
    for what, path in (("rules", RULES), ("config", ROOT / "config/prometheus/prometheus.yml")):
        done = subprocess.run([promtool, "check", what, str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    named = set(re.findall(r"videobatch_[a-z_]+", RULES.read_text("utf-8")))
    known = {name for each in documented() for name in (each, f"{each}_total")}
    assert named <= known


FIRES = """
rule_files: ['{rules}']
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {{series: 'videobatch_redis_up{{instance="a"}}', values: '1x8 0x40'}}
      - {{series: 'videobatch_redis_up{{instance="b"}}', values: '1x8 0x40'}}
      - {{series: 'videobatch_leader{{instance="a"}}', values: '1x48'}}
      - {{series: 'videobatch_leader{{instance="b"}}', values: '0x48'}}
      - {{series: 'videobatch_dead_letters{{instance="a"}}', values: '0x20 3x28'}}
      - {{series: 'videobatch_workers{{instance="a"}}', values: '0x48'}}
      - {{series: 'videobatch_videos{{instance="a", state="pending"}}', values: '5x48'}}
    alert_rule_test:
      - {{eval_time: 2m, alertname: VideobatchRedisDown, exp_alerts: []}}
      - eval_time: 5m
        alertname: VideobatchRedisDown
        exp_alerts:
          - exp_labels: {{severity: critical}}
            exp_annotations: {{summary: 'Redis does not answer; videos wait, and nothing is lost'}}
      - {{eval_time: 10m, alertname: VideobatchNoLeader, exp_alerts: []}}
      - {{eval_time: 10m, alertname: VideobatchNoController, exp_alerts: []}}
      - {{eval_time: 4m, alertname: VideobatchDeadLetters, exp_alerts: []}}
      - eval_time: 8m
        alertname: VideobatchDeadLetters
        exp_alerts:
          - exp_labels: {{severity: warning}}
            exp_annotations: {{summary: '3 videos were given up: `videobatch dead list`'}}
      - eval_time: 8m
        alertname: VideobatchNoWorker
        exp_alerts:
          - exp_labels: {{severity: critical}}
            exp_annotations: {{summary: 'videos wait and no worker lives'}}
  - interval: 15s
    input_series:
      - {{series: 'up', values: '1x48'}}
    alert_rule_test:
      - eval_time: 5m
        alertname: VideobatchNoController
        exp_alerts:
          - exp_labels: {{severity: critical}}
            exp_annotations:
              summary: 'no controller answers; workers go on with their last numbers'
"""


def test_alerts_fire_when_they_should_and_not_before(tmp_path: Path) -> None:
    promtool = program("promtool")
    file = tmp_path / "test.yml"
    file.write_text(FIRES.format(rules=RULES))
    done = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
