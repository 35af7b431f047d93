"""What the tests of cameras share: pictures, and a real ffmpeg."""

import subprocess

import imageio_ffmpeg
import numpy as np


def ffmpeg(*words):
    """Start a real ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *map(str, words)]
    return subprocess.Popen(command)


def picture(seed=0, size=(60, 80)):
    """Return noise: no two alike."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


A, B, DARK = picture(1), picture(2), np.full((60, 80, 3), 7, np.uint8)
WIDE = picture(3, (90, 160))
