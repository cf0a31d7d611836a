from tests.leftovers import nothing_left_running  # noqa: F401 - every test here stops what it starts
