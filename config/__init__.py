"""What the JSON may say, read with exact errors; the shipped environments."""

from .build import budgets, build
from .load import Configuration, load
from .nodes import Backoff, Mailbox, Supervisor, Worker
from .problem import ConfigError, ConfigMissing, Problem, report
from .schema import schema
from .settings import Environment, Journal, Settings, Shutdown, Web

__all__ = [
    "Backoff",
    "ConfigError",
    "ConfigMissing",
    "Configuration",
    "Environment",
    "Journal",
    "Mailbox",
    "Problem",
    "Settings",
    "Shutdown",
    "Supervisor",
    "Web",
    "Worker",
    "budgets",
    "build",
    "load",
    "report",
    "schema",
]
