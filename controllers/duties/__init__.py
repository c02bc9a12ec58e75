"""The duties of the controller that leads: each has its due time, and is run when that has come."""
