"""The command `doctor`: checks this machine and says how to mend what is wrong."""
