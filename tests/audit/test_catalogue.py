import sys
from pkgutil import resolve_name

import pytest

from audit.catalogue import CHECKS, load_check, load_format, make_check, targets
from audit.errors import ConfigError
from audit_checks import ALL


@pytest.mark.parametrize("check_id", ALL)
def test_a_check_lives_where_its_id_says_and_asks_what_its_file_asks(check_id: str) -> None:
    check = load_check(check_id)
    assert check.__module__ == f"audit_checks.{check_id}"
    assert check.question == sys.modules[check.__module__].__doc__


def test_every_check_is_offered() -> None:
    assert targets(CHECKS).items() >= ALL.items()


def test_a_misspelt_id_is_answered_with_the_nearest_right_one() -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'bias\.selection_rate'"):
        load_check("bias.selection_rat")


def test_a_report_that_nobody_offers_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="known are annotations, html"):
        load_format("xyz")


def test_every_metric_names_a_function_of_the_statistics() -> None:
    for check_id in ALL:
        for metric in load_check(check_id).metrics:
            ours = metric.name != "evidently_score"  # that one is Evidently's own
            assert metric.function.startswith("audit.stats.") is ours
            assert callable(resolve_name(metric.function))


def test_a_misspelt_setting_is_answered_with_the_nearest_right_one() -> None:
    with pytest.raises(ConfigError, match=r"checks\.calibration\.error\.bin: .*'bins'"):
        make_check("calibration.error", {"bin": 3})


def test_a_setting_of_the_wrong_kind_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"checks\.calibration\.error: bins"):
        make_check("calibration.error", {"bins": "many"})
