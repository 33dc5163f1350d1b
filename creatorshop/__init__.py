from creatorshop.celery import app as celery_app

# Django loads this package first, so that every @shared_task finds the application with its broker.
__all__ = ["celery_app"]
