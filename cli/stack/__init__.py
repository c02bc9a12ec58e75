"""The local stack: Redis, worker, controller, recogniser and Flower under a supervisor."""
