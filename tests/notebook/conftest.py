"""What several tests of the notebook package share."""

from hypothesis import HealthCheck, settings

settings.register_profile("nbprod", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nbprod")
