"""Motion: equal to filterpy, and sensible for faces."""

import numpy as np
import pytest

from laughtrack.tracker import motion
from laughtrack.tracker.settings import DEFAULTS


def as_filterpy(mean, cov):
    """State (8, 1) and covariance (8, 8) of one face as filterpy has them."""
    pairs = [np.diag(cov[:, k]) for k in range(3)]
    return mean.T.reshape(8, 1), np.block([[pairs[0], pairs[1]], [pairs[1], pairs[2]]])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_equal_to_filterpy(seed):
    """All faces at once give what a filterpy filter a face gives, misses and uneven steps too."""
    kalman = pytest.importorskip("filterpy.kalman")
    rng = np.random.default_rng(seed)
    count = 6
    corner, size = rng.uniform(0, 900, (count, 2)), rng.uniform(20, 120, (count, 1))
    faces = np.hstack([corner, size, size])
    mean, cov = motion.start(faces, DEFAULTS)
    filters = [kalman.KalmanFilter(dim_x=8, dim_z=4) for _ in faces]
    for k, one in enumerate(filters):
        one.x, one.P = as_filterpy(mean[k], cov[k])
    lost = np.zeros(count, dtype=bool)
    for _ in range(60):
        dt_s, still = rng.uniform(0.01, 0.6), rng.random(count) < 0.5
        matrices = [
            motion.matrices(mean[k], dt_s, still[k], lost[k], DEFAULTS) for k in range(count)
        ]
        mean, cov = motion.predict(mean, cov, dt_s, still, lost, DEFAULTS)
        faces = faces + rng.normal(0, 3, (count, 4))
        faces[:, 2:] = np.maximum(faces[:, 2:], 8)
        lost = rng.random(count) < 0.3
        noise = [motion.matrices(mean[k], dt_s, False, False, DEFAULTS)[3] for k in range(count)]
        mean[~lost], cov[~lost] = motion.update(mean[~lost], cov[~lost], faces[~lost], DEFAULTS)
        for k, one in enumerate(filters):
            F, Q, H, _ = matrices[k]
            one.predict(F=F, Q=Q)
            if not lost[k]:
                one.update(faces[k].reshape(4, 1), R=noise[k], H=H)
            x, P = as_filterpy(mean[k], cov[k])
            np.testing.assert_allclose(x, one.x, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(P, one.P, rtol=1e-9, atol=1e-9)


def test_two_steps_are_one():
    """Steps of 0.1 and 0.3 s are a step of 0.4 s."""
    mean, cov = motion.start(np.array([[0.0, 0, 40, 40]]), DEFAULTS)
    mean[0, 0, 1] = 30
    # The size, and so the noise, stands still.
    no = np.array([False]), np.array([False])
    two = motion.predict(*motion.predict(mean, cov, 0.1, *no, DEFAULTS), 0.3, *no, DEFAULTS)
    one = motion.predict(mean, cov, 0.4, *no, DEFAULTS)
    np.testing.assert_allclose(two[0], one[0], rtol=1e-12)
    np.testing.assert_allclose(two[1], one[1], rtol=1e-12)


def test_a_lost_face_stays_by_its_seat():
    """A sitting face lost at one width a second comes to rest a quarter of a width on."""
    mean, cov = motion.start(np.array([[0.0, 0, 40, 40]]), DEFAULTS)
    mean[0, 0, 1] = 40
    for _ in range(100):
        mean, cov = motion.predict(mean, cov, 0.1, np.array([True]), np.array([True]), DEFAULTS)
    assert mean[0, 0, 0] == pytest.approx(40 * DEFAULTS.still_tau_s, rel=1e-6)


def test_a_lost_walker_walks_on():
    """A face lost while it goes about is expected more than two widths on after three seconds."""
    mean, cov = motion.start(np.array([[0.0, 0, 40, 40]]), DEFAULTS)
    mean[0, 0, 1] = 40
    for _ in range(30):
        mean, cov = motion.predict(mean, cov, 0.1, np.array([False]), np.array([True]), DEFAULTS)
    assert mean[0, 0, 0] == pytest.approx(2.6 * 40, rel=0.01)


def test_nobody():
    """No faces are predicted and corrected to no faces."""
    mean, cov = motion.start(np.zeros((0, 4)), DEFAULTS)
    nobody = np.zeros(0, dtype=bool)
    mean, cov = motion.predict(mean, cov, 0.1, nobody, nobody, DEFAULTS)
    mean, cov = motion.update(mean, cov, np.zeros((0, 4)), DEFAULTS)
    assert mean.shape == (0, 4, 2) and cov.shape == (0, 4, 3)
    assert motion.expected_centres(mean).shape == (0, 4)
