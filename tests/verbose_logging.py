"""The application as gunicorn serves it, while every logger says all that it could ever say."""

import logging

from project import create_app

app = create_app()
logging.getLogger().setLevel(logging.DEBUG)
for name in list(logging.root.manager.loggerDict):
    if not name.startswith("sqlalchemy"):  # whose statements go to the log by a switch of their own
        logging.getLogger(name).setLevel(logging.NOTSET)
