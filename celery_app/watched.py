"""`celery -A celery_app.watched flower`: the application as Flower watches it, without tasks."""

from celery_app.composition import watched_app

app = watched_app()
