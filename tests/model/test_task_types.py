"""The tree of task types."""

from awt.model.task_types import PARENTS, lineage, runs, serving


def test_every_type_leads_to_a_root() -> None:
    roots = {lineage(name)[-1] for name in PARENTS}
    assert roots == {"default", "http"}


def test_a_node_runs_its_own_types_and_what_asks_for_less() -> None:
    assert runs(["gc_1280x800"]) == ("gc_1280x800", "gc", "desktop", "default")
    assert runs(["http"]) == ("http",)
    assert runs(["gc", "gc_390x844"]) == ("gc", "desktop", "default", "gc_390x844", "mobile")


def test_a_task_is_served_by_its_own_type_or_by_one_below_it() -> None:
    own = ("http", "gc_1280x800", "gc_390x844")
    assert serving("mobile", own) == "gc_390x844"
    assert serving("default", own) == "gc_1280x800"
    assert serving("http", own) == "http"
    assert serving("ff", own) is None
    assert serving("gc", ("gc_1280x800", "gc")) == "gc"
