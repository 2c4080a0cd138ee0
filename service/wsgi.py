"""The WSGI application of one web worker: ``service.wsgi:app``. Settings are read when this module is imported."""

from service.app import create_app
from service.lifeline import watch_parent
from service.logs import configure_logs
from service.runtime import Runtime
from service.settings import load_settings

watch_parent()
_settings = load_settings()
configure_logs(_settings)
app = create_app(Runtime.build(_settings))
