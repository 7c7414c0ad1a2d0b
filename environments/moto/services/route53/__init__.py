"""Route 53: DNSSEC signing, query logging, and moto's hosted zones as AWS makes them."""

from . import dnssec, query_logging, records, zones
from .state import service

__all__ = ["dnssec", "query_logging", "records", "service", "zones"]
