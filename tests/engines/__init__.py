"""Real engines for tests: Docker, PostgreSQL, Redis, Node, Chromium, bubblewrap, ffmpeg, poppler.

Each is probed cheaply for the header, started at most once per run and only when a collected test asks for
its fixture, and stopped at the end. A missing one is a visible skip, or a failure where
GATEHOUSE_TEST_REQUIRE names it.
"""
