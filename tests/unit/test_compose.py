"""docker-compose.yml and the Dockerfile agree with the code that they run.

No engine is asked: the files are read as text, with each `${...}` replaced by its default.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from celery.bin.worker import worker as celery_worker
from pydantic import BaseModel

from celery_app.celery_settings import QUEUE
from cli.stack import broker, programs
from cli.stack.home import open_home
from cli.stack.ports import LOOPBACK
from config.fleet import WorkerSettings
from config.settings import PROJECT_ROOT, Settings

COMPOSE = (PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8")
STEPS = (PROJECT_ROOT / "scripts/image.sh").read_text(encoding="utf-8")
GUIDE = (PROJECT_ROOT / "docs/how-to/compose.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))

EXAMPLE = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
ANSWER = "from-the-environment"
# What only docker compose reads.
COMPOSE_ONLY = {
    "VIDEOBATCH_FLOWER_PORT",
    "VIDEOBATCH_SETUP_MODEL",
    "VIDEOBATCH_PROMETHEUS_PORT",
    "VIDEOBATCH_WORKER_MEMORY",
    "VIDEOBATCH_WORKER_CPUS",
    "VIDEOBATCH_RECOGNISER_MEMORY",
    "VIDEOBATCH_REDIS_MEMORY",
    "VIDEOS",
    "DOCUMENTS",
    "UID",
    "GID",
}
# What the compose file hands to programs, besides settings.
HANDED_ON = {
    "VIDEOBATCH_FLOWER_PASSWORD_FILE",
    "VIDEOBATCH_SUBMIT_MOUNTS",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
}
SECRETS = {"redis_password", "flower_password"}
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")
OURS = ("worker", "recogniser", "controller", "flower", "cli")
THEIRS = ("redis", "prometheus")
APPS = {"worker": "celery_app", "flower": "celery_app.watched"}
# For Celery's own end, once the grace is over.
MARGIN_S = 10.0


def interpolated(text: str) -> str:
    """The text as compose reads it where only the required variables are set."""

    def value(match: re.Match[str]) -> str:
        return ANSWER if match["kind"] == "?" else match["rest"] or ""

    return VARIABLE.sub(value, text)


DOCUMENT = cast("dict[str, Any]", yaml.safe_load(interpolated(COMPOSE)))
RAW = cast("dict[str, Any]", yaml.safe_load(COMPOSE))
SERVICES = cast("dict[str, dict[str, Any]]", DOCUMENT["services"])


def command(service: str) -> list[str]:
    return cast("list[str]", SERVICES[service]["command"])


def environment(service: str) -> dict[str, str]:
    return cast("dict[str, str]", SERVICES[service].get("environment", {}))


def mounts(service: str) -> dict[str, dict[str, Any]]:
    """The service's bind mounts by their path in the container."""
    found = [each for each in SERVICES[service].get("volumes", []) if isinstance(each, dict)]
    return {each["target"]: each for each in found if each["type"] == "bind"}


def seconds(duration: str) -> float:
    match = re.fullmatch(r"(\d+)s", duration)
    assert match, duration
    return float(match[1])


def setting_names(model: type[BaseModel], prefix: str = "VIDEOBATCH_") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield (full := prefix + name.upper())
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from setting_names(field.annotation, f"{full}__")


def texts(value: object) -> Iterator[str]:
    """Every string of the document, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def local_argv(name: str) -> list[str]:
    """The arguments with which the local stack starts the program, after the application's."""
    found = programs.python_programs("python", PROJECT_ROOT, concurrency=3, flower_port=5555)
    argv = next(list(each.argv) for each in found if each.name == name)
    return argv[argv.index(APPS[name]) + 1 :] if name in APPS else argv


def test_services() -> None:
    assert set(SERVICES) == {*THEIRS, *OURS}
    assert all("container_name" not in each for each in SERVICES.values())


def test_ours_share_one_image_and_an_init() -> None:
    for name in OURS:
        assert SERVICES[name]["image"] == SERVICES["worker"]["image"]
        assert SERVICES[name]["build"] == SERVICES["worker"]["build"]
        assert SERVICES[name]["build"]["context"] == "."
        assert SERVICES[name]["init"] is True
    assert not any("build" in SERVICES[name] for name in THEIRS)


def test_named_modules_and_scripts_exist() -> None:
    assert importlib.util.find_spec("controllers.__main__")
    assert importlib.util.find_spec("celery_app.__main__")
    assert importlib.util.find_spec("celery_app.watched")
    assert command("worker")[:3] == ["python", "-m", APPS["worker"]]
    assert command("flower")[:3] == ["celery", "-A", APPS["flower"]]
    assert command("controller") == ["python", "-m", "controllers"]
    assert command("recogniser") == ["python", *local_argv("recogniser")[1:]]
    assert command("cli")[0] in PROJECT["project"]["scripts"]


def test_worker_is_started_as_in_the_local_stack_but_for_name_and_slots() -> None:
    local = local_argv("worker")
    # Its number of slots comes from the settings.
    at = local.index("--concurrency")
    del local[at : at + 2]
    local[local.index("--hostname") + 1] = "worker@%h"
    assert command("worker")[3:] == local
    assert (
        tuple(command("worker")[-len(programs.WORKER_OPTIONS) : -1])
        == (programs.WORKER_OPTIONS[:-1])
    )


def test_worker_takes_from_the_queue_with_options_that_celery_knows() -> None:
    argv = command("worker")
    assert argv[argv.index("--queues") + 1] == QUEUE == programs.QUEUE
    known = {option for each in celery_worker.params for option in each.opts}
    assert {each for each in argv[3:] if each.startswith("-")} <= known


def test_flower_is_started_as_in_the_local_stack_but_for_its_address() -> None:
    local = [each.replace(LOOPBACK, "0.0.0.0") for each in local_argv("flower")]  # noqa: S104
    assert command("flower")[3:] == local


def test_health_checks_look_at_the_file_that_is_renewed() -> None:
    for name in ("worker", "recogniser", "controller"):
        kind, line = SERVICES[name]["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        # Doubled, so that the container's shell sees it and compose does not.
        assert f"$$(find {environment(name)['VIDEOBATCH_HEALTH_FILE']} -newermt" in line


@pytest.mark.parametrize(("age_s", "is_healthy"), [(0.0, True), (60.0, False), (None, False)])
def test_the_health_check_itself(tmp_path: Path, age_s: float | None, is_healthy: bool) -> None:
    line = SERVICES["worker"]["healthcheck"]["test"][1].replace("$$", "$")
    file = tmp_path / "healthy"
    if age_s is not None:
        file.touch()
        os.utime(file, (time.time() - age_s,) * 2)
    script = ["/bin/sh", "-c", line.replace("/tmp/healthy", str(file))]
    done = subprocess.run(script)
    assert (done.returncode == 0) is is_healthy


def test_redis_is_set_up_as_in_the_local_stack(tmp_path: Path) -> None:
    of_a_machine = {"bind", "port", "protected-mode", "daemonize", "dir", "pidfile", "logfile"}
    secret = {"requirepass"}

    def settings(text: str, left_out: set[str]) -> dict[str, str]:
        pairs = [line.split(maxsplit=1) for line in text.splitlines()]
        return {name: value for name, value in pairs if name not in left_out}

    home = open_home(tmp_path / "home")
    home.create()
    local = broker.configure(home, 6379).read_text(encoding="utf-8")
    ours = DOCUMENT["configs"]["redis"]["content"]
    assert settings(ours, {"dir"}) == settings(local, of_a_machine | secret)
    assert settings(ours, set())["dir"] == "/data"
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]
    for config in SERVICES["redis"]["configs"]:
        assert config["target"] in command("redis")[-1]
    # Nobody gets in without a name, and ours cannot harm the server.
    users = DOCUMENT["configs"]["users"]["content"].splitlines()
    assert users[0] == "user default off"
    assert users[1].startswith("user videobatch on >PASSWORD ")
    assert "-@dangerous" in users[1]


@pytest.mark.parametrize("name", OURS)
def test_ours_reach_redis_by_the_password_in_a_file(name: str) -> None:
    assert environment(name)["VIDEOBATCH_REDIS_URL"] == "redis://videobatch@redis:6379/0"
    file = environment(name)["VIDEOBATCH_REDIS_PASSWORD_FILE"]
    assert file == "/run/secrets/redis_password"
    assert "redis_password" in SERVICES[name]["secrets"]


def test_variables_are_settings_or_explained() -> None:
    known = set(setting_names(Settings))
    read = {match["name"] for match in VARIABLE.finditer(COMPOSE)}
    handed_on = {name for each in SERVICES for name in environment(each)}
    assert handed_on <= known | HANDED_ON
    assert handed_on >= HANDED_ON
    assert read <= known | COMPOSE_ONLY
    assert read >= COMPOSE_ONLY
    assert [name for name in COMPOSE_ONLY if f"#{name}=" not in EXAMPLE] == []


def test_settings_named_in_the_guide_exist() -> None:
    named = set(re.findall(r"\bVIDEOBATCH_[A-Z_]*[A-Z]\b", GUIDE))
    assert named <= set(setting_names(Settings)) | COMPOSE_ONLY


def test_the_local_stack_is_not_disturbed_by_the_same_env_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}=1\n" for name in sorted(COMPOSE_ONLY)), encoding="utf-8")
    assert Settings(_env_file=file).redis_url == Settings(_env_file=None).redis_url


def test_passwords_are_in_files_and_nowhere_else() -> None:
    assert {name: each["file"] for name, each in DOCUMENT["secrets"].items()} == {
        name: f"./secrets/{name}" for name in SECRETS
    }
    told = {name: set(each.get("secrets", [])) for name, each in SERVICES.items()}
    with_redis = {"redis", *OURS}
    assert {name for name, given in told.items() if "redis_password" in given} == with_redis
    assert {name for name, given in told.items() if "flower_password" in given} == {"flower"}
    literal = " ".join(texts(RAW))
    assert not re.search(r"[0-9A-Za-z+]{32,}", literal)
    assert "PASSWORD:" not in COMPOSE
    ignored = (PROJECT_ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/secrets/" in ignored


def test_the_passwords_are_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    script = ["sh", str(PROJECT_ROOT / "scripts/secrets.sh"), str(folder)]
    subprocess.run(script, check=True, capture_output=True)
    first = {each.name: each.read_text() for each in folder.iterdir()}
    assert set(first) == SECRETS
    assert all(re.fullmatch(r"[A-Za-z0-9]{40}", text) for text in first.values())
    assert len(set(first.values())) == len(first)
    assert folder.stat().st_mode & 0o777 == 0o700
    subprocess.run(script, check=True, capture_output=True)
    assert {each.name: each.read_text() for each in folder.iterdir()} == first


def test_passwords_are_no_arguments() -> None:
    # `$$(cat ...)` is read by the shell in the container, and becomes no argument of the server.
    for name, service in RAW["services"].items():
        told = " ".join(texts(service.get("command", [])))
        assert "requirepass" not in told, name
        assert "auth=" not in told, name


def test_what_faces_a_browser_sees_no_keys_of_paid_services() -> None:
    with_settings = {name for name in SERVICES if SERVICES[name].get("env_file")}
    assert with_settings == {"worker", "recogniser", "controller", "cli"}
    for name in ("controller", "recogniser"):
        for key in programs.PROVIDER_KEYS:
            assert environment(name)[key] == ""


def test_nothing_is_published_but_flower_on_the_loopback_address() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {
        "flower": ["127.0.0.1:5555:5555"],
        "prometheus": ["127.0.0.1:9090:9090"],
    }
    assert all("network_mode" not in each for each in SERVICES.values())


def test_what_stays_up_is_started_again() -> None:
    policies = {name: each["restart"] for name, each in SERVICES.items()}
    assert policies.pop("cli") == "no"
    assert set(policies.values()) == {"unless-stopped"}
    assert SERVICES["cli"]["profiles"] == ["cli"]
    assert SERVICES["prometheus"]["profiles"] == ["observability"]


def test_logs_do_not_grow_without_end() -> None:
    for name, service in SERVICES.items():
        options = service["logging"]["options"]
        assert {"max-size", "max-file"} <= set(options), name


def test_two_controllers_and_any_number_of_workers() -> None:
    assert SERVICES["controller"]["deploy"]["replicas"] == 2
    assert "deploy" not in SERVICES["worker"]


def test_nothing_writes_into_its_image_or_gets_rights() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        if name != "redis":
            assert service["cap_drop"] == ["ALL"], name
        assert "privileged" not in service


def test_each_service_has_a_limit_of_memory() -> None:
    limited = {name for name, each in SERVICES.items() if "mem_limit" in each}
    assert limited == {"redis", "worker", "recogniser", "controller", "flower", "prometheus"}


def test_files_have_the_same_paths_everywhere() -> None:
    assert mounts("cli") == mounts("worker")
    assert mounts("recogniser") == {}
    assert mounts("controller") == {"/documents": mounts("worker")["/documents"]}
    assert mounts("worker")["/videos"]["read_only"] is True
    assert not mounts("worker")["/documents"].get("read_only")
    # Docker would make a missing folder as root, and nobody of ours could write there.
    assert not any(each["bind"]["create_host_path"] for each in mounts("worker").values())
    for name in ("worker", "controller", "cli"):
        roots = json.loads(environment(name)["VIDEOBATCH_PATHS__ROOTS"])
        assert set(roots) == set(mounts("worker"))
        assert SERVICES[name]["user"] == "1000:1000"
        assert environment(name)["VIDEOBATCH_OUT"] == "/documents"


def test_workers_and_recogniser_meet_in_a_folder_that_nobody_else_sees() -> None:
    sharing = {
        name: [each for each in service.get("volumes", []) if "meeting" in str(each)]
        for name, service in SERVICES.items()
    }
    (volume,) = sharing["worker"]
    assert {name for name, found in sharing.items() if found} == {"worker", "recogniser"}
    assert sharing["recogniser"] == [volume]
    for name in ("worker", "recogniser"):
        socket = Path(environment(name)["VIDEOBATCH_SPEECH__SOCKET"])
        # Its own folder is made by the recogniser, for its user alone.
        assert str(socket.parent.parent) == volume["target"]


def test_all_wait_for_redis_and_for_nothing_that_may_be_scaled() -> None:
    for name in ("controller", "flower", "cli"):
        assert SERVICES[name]["depends_on"] == {"redis": {"condition": "service_healthy"}}
    # It is used on machines where there is no Redis, and waits by its own means.
    assert "depends_on" not in SERVICES["worker"]


def test_worker_may_give_its_videos_back() -> None:
    assert seconds(SERVICES["worker"]["stop_grace_period"]) >= WorkerSettings().grace_s + MARGIN_S


def test_image_holds_the_project_and_nothing_else() -> None:
    found = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {name.removesuffix("*") for name in found}
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE))
    assert copied == packages | {"requirements-ocr.lock", "pyproject.toml", "scripts/image.sh"}
    rules = (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert rules[1] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied
    assert "**/.env" in rules


def test_image_is_installed_by_hashes_and_run_by_no_root() -> None:
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert "--require-hashes --only-binary=:all: -r requirements-ocr.lock" in STEPS
    assert "--no-deps" in STEPS
    assert "pip" not in last
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["1000:1000"]
    assert "STOPSIGNAL SIGTERM" in last
    assert "PYTHONUNBUFFERED=1" in last
    assert len(set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))) == 1


DOCKER = """#!/bin/sh
printf '%s\\n' "$@" >>"$TOLD"
printf 'from %s\\n' "$VIDEOBATCH_SUBMIT_FROM" >>"$TOLD"
[ "$2" = ps ] && printf '%s' "$RUNS"
exit 0
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A folder for the PATH with a `docker` that notes what it is told."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    return folder


def run_script(name: str, folder: Path, docker: Path, runs: str = "") -> tuple[int, str]:
    """Its exit code, and what docker was told."""
    told = folder / "told"
    variables = {"PATH": f"{docker}:{os.environ['PATH']}", "TOLD": str(told), "RUNS": runs}
    script = ["/bin/sh", str(PROJECT_ROOT / "scripts" / name)]
    environment = {**os.environ, **variables}
    done = subprocess.run(script, cwd=folder, env=environment, stdin=subprocess.DEVNULL)
    return done.returncode, told.read_text() if told.exists() else ""


def test_docker_is_asked_only_where_the_stack_was_set_up(tmp_path: Path, docker: Path) -> None:
    assert run_script("composed.sh", tmp_path, docker, "3f2a") == (1, "")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "redis_password").write_text("x")
    assert run_script("composed.sh", tmp_path, docker, "")[0] == 1
    assert run_script("composed.sh", tmp_path, docker, "3f2a")[0] == 0


def test_a_submit_outside_becomes_one_in_a_container(tmp_path: Path, docker: Path) -> None:
    ended, told = run_script("compose_submit.sh", tmp_path, docker)
    lines = told.splitlines()
    assert ended == 0
    # There is no terminal here.
    assert lines[:4] == ["compose", "run", "--rm", "-T"]
    assert lines[-4:] == ["cli", "videobatch", "submit", f"from {tmp_path}"]
    handed_on = [lines[at + 1] for at, line in enumerate(lines) if line == "-e"]
    make = (PROJECT_ROOT / "Makefile").read_text("utf-8")
    exported = re.findall(r"^export (VIDEOBATCH_SUBMIT_\w+)", make, re.MULTILINE)
    assert set(handed_on) == {
        *exported,
        "VIDEOBATCH_SUBMIT_FROM",
        "VIDEOBATCH_SUBMIT_HOME",
        "VIDEOBATCH_SUBMIT_UMASK",
    }


def loaded(name: str) -> dict[str, Any]:
    """Another compose file, its required variables answered."""
    text = (PROJECT_ROOT / name).read_text("utf-8")
    return cast("dict[str, Any]", yaml.safe_load(interpolated(text)))


def test_workers_of_other_machines_are_those_of_the_first_but_for_the_way_to_redis() -> None:
    document = loaded("docker-compose.worker.yml")
    worker, recogniser = document["services"].values()
    assert recogniser == {"extends": {"file": "docker-compose.yml", "service": "recogniser"}}
    assert document["volumes"]["meeting"] == DOCUMENT["volumes"]["meeting"]
    assert worker["extends"] == {"file": "docker-compose.yml", "service": "worker"}
    url = worker["environment"]["VIDEOBATCH_REDIS_URL"]
    assert url.startswith(f"rediss://videobatch@{ANSWER}:6380/0?")
    assert "ssl_cert_reqs=required" in url
    assert "ssl_ca_certs=/run/secrets/redis_ca" in url
    assert set(document["secrets"]) == set(worker["secrets"]) == {"redis_password", "redis_ca"}


def test_the_first_machine_opens_redis_by_tls_alone() -> None:
    document = loaded("docker-compose.fleet.yml")
    redis = document["services"]["redis"]
    assert redis["ports"] == [f"{ANSWER}:6380:6380"]
    tls = document["configs"]["redis_tls"]["content"].splitlines()
    plain = DOCUMENT["configs"]["redis"]["content"].splitlines()
    assert tls[: len(plain)] == plain
    assert "tls-port 6380" in tls
    # It takes the place of the other one, and is given what it names.
    targets = {each["target"] for each in SERVICES["redis"]["configs"]}
    assert {each["target"] for each in redis["configs"]} < targets
    named = {line.rpartition("/run/secrets/")[2] for line in tls if "/run/secrets/" in line}
    assert named <= set(redis["secrets"])
    assert named == set(document["secrets"])


def test_certificates_are_written_under_the_names_of_the_compose_files(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    program = str(PROJECT_ROOT / "scripts/certificates.sh")
    script = ["/bin/sh", program, str(tmp_path), "10.0.0.5", "r.x"]
    for _ in range(2):
        subprocess.run(script, check=True, capture_output=True)
    names = [loaded(f"docker-compose.{kind}.yml")["secrets"] for kind in ("fleet", "worker")]
    wanted = {Path(each["file"]).name for found in names for each in found.values()}
    assert wanted - {"redis_password"} <= {path.name for path in tmp_path.iterdir()}
    shown = ["openssl", "x509", "-in", "redis.crt", "-noout", "-ext", "subjectAltName"]
    told = subprocess.run(shown, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert "IP Address:10.0.0.5, DNS:r.x" in told
    check = ["openssl", "verify", "-CAfile", "redis_ca.crt", "redis.crt"]
    subprocess.run(check, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "redis_ca.key").stat().st_mode & 0o077 == 0
