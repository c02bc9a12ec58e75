"""The children of a pool as its worker sees them."""

from __future__ import annotations

from types import SimpleNamespace as Has

from celery_app.worker.pool import pool_processes


def test_leases_outlive_the_pool() -> None:
    """Celery takes the pool away while the last task is still given back."""
    child = object()
    assert list(pool_processes(Has(pool=Has(_pool=Has(_pool=[child]))))) == [child]
    assert list(pool_processes(Has(pool=Has(_pool=None)))) == []
    assert list(pool_processes(Has(pool=None))) == []
