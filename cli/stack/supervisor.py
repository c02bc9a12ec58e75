"""supervisord: its configuration, and how it is started in a session of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.stack.errors import StackError
from cli.stack.home import Home, write_private
from cli.stack.programs import Program, script_name

GRACE_S = 10
START_TIMEOUT_S = 10.0
LOG_BYTES = "5MB"
LOG_BACKUPS = 3
# Backing off 1, 2, 3... s: enough for a full disk that is being tidied, then it gives up.
START_RETRIES = 5
CONF = "supervisord.conf"
SOCKET_VARIABLE = "VIDEOBATCH_STACK_SOCKET"
MARK_VARIABLE = "VIDEOBATCH_STACK"

_HEAD = f"""\
[supervisord]
nodaemon=false
umask=077
minprocs=1
pidfile=run/supervisord.pid
logfile=logs/supervisord.log
logfile_maxbytes={LOG_BYTES}
logfile_backups={LOG_BACKUPS}
childlogdir=logs

[unix_http_server]
file=%(ENV_{SOCKET_VARIABLE})s
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def configuration(programs: Sequence[Program]) -> str:
    """The text of supervisord.conf. It runs in the stack's folder and names no other path.

    Programs are started by `up`, in its order, and ended in reverse. Only the main process is
    asked to end (Celery's children must outlive their parent's signal to finish), but all of
    its group is killed when the grace is over.
    """
    sections = [_HEAD]
    for priority, program in enumerate(programs, start=1):
        sections.append(
            f"""\
[program:{program.name}]
command=sh run/{script_name(program)}
priority={priority}
autostart=false
autorestart=true
startsecs={program.start_s}
startretries={START_RETRIES}
stopsignal=TERM
stopwaitsecs={GRACE_S}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{program.name}.log
stdout_logfile_maxbytes={LOG_BYTES}
stdout_logfile_backups={LOG_BACKUPS}
"""
        )
    return "\n".join(sections)


def write_configuration(home: Home, programs: Sequence[Program]) -> Path:
    """Writes supervisord.conf. Safe to repeat."""
    path = home.run / CONF
    write_private(path, configuration(programs))
    return path


def spawn(home: Home, python: str, environment: Mapping[str, str], lock_fd: int) -> None:
    """Starts supervisord and returns when it listens.

    It leads a session of its own, so that Ctrl-C in the terminal does not reach it, and holds
    the lock behind `lock_fd` until it ends. Its children get `environment`; the lock is closed
    in them. Raises StackError if it does not start.
    """
    variables = {
        **environment,
        SOCKET_VARIABLE: str(home.socket),
        MARK_VARIABLE: home.mark,
    }
    ended = subprocess.run(
        # -P: the stack's folder, where it runs, must not be on the import path.
        [python, "-P", "-m", "supervisor.supervisord", "-c", f"run/{CONF}"],
        cwd=home.root,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(lock_fd,),
        start_new_session=True,
        umask=0o077,
        check=False,
        timeout=START_TIMEOUT_S,
    )
    if ended.returncode:
        output = ended.stdout.decode(errors="replace").strip()
        raise StackError(f"the supervisor did not start: {output}")
