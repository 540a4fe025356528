"""Which worker takes which tests: what is dear to set up is set up once."""

import pytest
from xdist.scheduler import LoadScopeScheduling

_TOGETHER = {"tests/e2e/": "embedded", "tests/integration/sentiment/test_imported_model.py": "importing"}


class _DearOnes(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of one emulator, or one environment, stay with one worker, the many first; all others are spread.

    xdist's own groups do the same by a suffix of test ids, which pytest 9.2 no longer lets it write.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((group for start, group in _TOGETHER.items() if nodeid.startswith(start)), nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return _DearOnes(config, log)
