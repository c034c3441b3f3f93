"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Tests never assert on time: a busy machine is no fault of the code.
settings.register_profile(
    "ours", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("ours")
