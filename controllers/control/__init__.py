"""The parts of a round of control: slots, the slow loop, starts and alerts."""
