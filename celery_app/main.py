"""`celery -A celery_app.main ...`: the application, as the settings of this process want it."""

from celery_app.composition import worker_app

app = worker_app()
