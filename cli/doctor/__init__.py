"""The command `doctor`: checks this machine and says how to mend what is wrong."""

from cli.doctor.command import register

__all__ = ["register"]
