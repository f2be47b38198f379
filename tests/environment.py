"""Makes the environment of programs under test: that of a person, wherever the tests run."""

from __future__ import annotations

import os

CI_VARIABLES = (
    "BUILDKITE",
    "CI",
    "CIRCLECI",
    "CIRRUS_CI",
    "CODEBUILD_",
    "GITHUB_",
    "GITLAB_CI",
    "HEROKU_TEST_RUN_ID",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "__TOX_ENVIRONMENT_VARIABLE_ORIGINAL_CI",
    "bamboo.buildKey",
)
"""Beginnings of the names of variables that CI servers set.

With one of them, Hypothesis keeps no database, pytest shortens nothing, and our programs annotate
and draw no live display.
"""


NO_PLUGINS = {"HYPOTHESIS_NO_PLUGINS": "1", "PYTEST_ADDOPTS": "-p no:anyio"}
"""Variables without which Hypothesis and pytest take twice the time to start.

They would load the plugins of Trio, which is installed with Selenium, and of AnyIO.
"""


def personal_environment(*dropped: str) -> dict[str, str]:
    """Return the environment without what CI servers set, and without names that start so."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((*CI_VARIABLES, *dropped))
    }
    return {**kept, **NO_PLUGINS}
