import pytest

from audit.stats.arrays import z_of


# scipy 1.17.1: norm.ppf((1 + level) / 2)
@pytest.mark.parametrize(("level", "z"), [(0.8, 1.2815516), (0.95, 1.9599640), (0.99, 2.5758293)])
def test_z_agrees_with_scipy(level: float, z: float) -> None:
    assert z_of(level) == pytest.approx(z, abs=5e-8)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.5, float("nan")])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match=r"a level must lie in \(0, 1\), but got"):
        z_of(level)
