"""The controller at work on this machine, beside fixed numbers and other rules."""
