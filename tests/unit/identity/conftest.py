"""Property tests are judged by what they find, not by how long a busy machine takes over one example."""

from hypothesis import HealthCheck, settings

settings.register_profile("shared_cores", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared_cores")
