"""The local stack: Redis, worker, controller and Flower under a supervisor."""
