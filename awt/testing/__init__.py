"""Public helpers for tests: private servers, a browser, the size of the long runs.

The tests of projects that build on awt may use all of it; awt itself never imports it.
"""
