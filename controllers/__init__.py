"""The controller process: sampling, sweep, feed."""
