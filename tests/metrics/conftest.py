"""Property tests here are fast, but a busy machine may make any one example slow."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("metrics", deadline=None)
settings.load_profile("metrics")
