"""Grey pictures from a film's own light: as those made of its colours, of every kind of film."""

import cv2
import numpy as np
import pytest

from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.sources.films import av_picture
from laughtrack.edge.sources.frames import Source
from tests.edge.sources.test_av_video import ffmpeg

av = pytest.importorskip("av")

HEIGHT, WIDTH = 48, 70  # no multiple of what a decoder's rows are filled up to


def chart():
    """Steps of grey from black to white, a ramp, and patches of skin, sky and grass; BGR."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:16] = np.repeat(np.linspace(0, 255, 10).astype(np.uint8), 7)[:, None]
    image[16:32] = np.linspace(0, 255, WIDTH).astype(np.uint8)[:, None]
    for k, colour in enumerate([(130, 160, 205), (70, 100, 150), (210, 160, 90), (60, 140, 80)]):
        image[32:, 16 * k : 16 * k + 16] = colour
    return image


def both(frame):
    """A frame in grey, and what its colours make."""
    canvas = av_picture.Canvas()
    canvas.admit(frame, 0.0)
    return canvas.grey(frame), cv2.cvtColor(canvas.picture(frame), cv2.COLOR_BGR2GRAY)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    "kind",
    [
        *("yuv420p", "yuv422p", "yuv444p", "nv12", "yuvj420p", "gray", "rgb24", "gbrp"),
        *("yuv420p10le", "yuv422p10le", "p010le", "gray16le", "yuyv422", "yuva420p"),
    ],
)
def test_grey_is_that_of_the_colours(kind, full):
    """Black is 0 and white 255, whatever the range; formats that hold no such light, too."""
    frame = av.VideoFrame.from_ndarray(chart(), format="bgr24")
    converted_to = {"format": kind, "dst_color_range": 2 if full else 1, "threads": 1}
    grey, converted = both(frame.reformat(**converted_to))
    assert grey.shape == (HEIGHT, WIDTH) and grey.dtype == np.uint8 and grey.flags.c_contiguous
    off = grey.astype(int) - converted
    assert abs(off).max() <= 4 and abs(off).mean() < 2
    assert grey[:16, :4].max() <= 3 and grey[:16, -4:].min() >= 251


def test_grey_is_the_programs_own():
    """A decoder that goes on writes into no picture that was given out."""
    frame = av.VideoFrame.from_ndarray(chart(), format="bgr24").reformat(
        format="yuvj420p", threads=1
    )
    grey, _ = both(frame)
    assert not np.shares_memory(grey, np.frombuffer(frame.planes[0], np.uint8))


@pytest.mark.slow
@pytest.mark.parametrize("turned", [0, 90])
def test_a_film_is_read_alike_with_and_without_colour(tmp_path, turned):
    """Upright, and the same readings: a preview changes none."""
    plain, film = tmp_path / "plain.mp4", tmp_path / "film.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-pix_fmt", "yuv420p", plain)
    ffmpeg("-display_rotation", turned, "-i", plain, "-c", "copy", film)
    coloured, grey = (list(Source(film, colour=colour)) for colour in (True, False))
    assert [frame.image.ndim for frame in coloured + grey] == [3] * 10 + [2] * 10
    looks = [FramePipeline(lambda crops: crops.mean((1, 2)) / 255) for _ in range(2)]
    for one, other in zip(coloured, grey, strict=True):
        assert np.array_equal(one.grey, other.image) and one.grey.shape == one.image.shape[:2]
        converted = cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY).astype(int)
        assert abs(converted - other.image).mean() < 3
        assert looks[0].process(one).readings == looks[1].process(other).readings
