"""Asking Rekognition: patience where it helps, an end with the cure where it doesn't."""

import threading
from types import SimpleNamespace

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed")
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.stub import ANY, Stubber

from laughtrack import aws
from laughtrack.models.rekognition import answers
from laughtrack.models.rekognition.client import Backoff, FaceDetector, PictureRefused, Stopped
from laughtrack.models.rekognition.labelling import ask_all
from tests.models.rekognition_cloud import face, response, sign_in, write_table

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

SOON = Backoff(first_s=0.001, longest_s=0.004, give_up_s=60.0)


@pytest.fixture
def client(monkeypatch):
    """Return a client of rekognition, as the command makes it."""
    sign_in(monkeypatch)
    client = aws.client("rekognition")
    yield client
    client.close()


@pytest.fixture
def stub(client):
    """Return a Stubber: answers in order, each checked against Amazon's own description of them."""
    with Stubber(client) as stub:
        yield stub


def test_whole_answer_goes_through_amazons_own_shapes(client, stub, tmp_path):
    """The request has the bytes and asks for all; the answer comes back member for member."""
    said = {
        **response(face((0, 0, 0.1, 0.1)), face(smile=False)),
        "OrientationCorrection": "ROTATE_0",
    }
    stub.add_response("detect_faces", said, {"Image": {"Bytes": b"picture"}, "Attributes": ["ALL"]})
    answer = FaceDetector(client).detect_faces(b"picture")
    answers.answers_folder(tmp_path / "t.csv").mkdir()
    kept = answers.save_answer(tmp_path / "t.csv", tmp_path / "a.jpg", (250, 250), answer)
    assert kept.faces == 2 and kept.values[:2] == ("0.035", "0.905")
    stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "InternalServerError",
        "ServiceUnavailable",
    ],
)
def test_told_to_go_slower_it_waits_and_asks_again(code, client, stub):
    """However often, while it isn't too long; it says so once."""
    for _ in range(12):
        stub.add_client_error("detect_faces", code, "slower", 400)
    stub.add_response("detect_faces", response(face()))
    told = []
    assert FaceDetector(client, SOON, told.append).detect_faces(b"x")["FaceDetails"]
    assert len(told) == 1 and code in told[0]
    stub.assert_no_pending_responses()


def test_patience_ends(client, stub):
    """The message says what it was, and what to do."""
    for _ in range(3):
        stub.add_client_error("detect_faces", "ThrottlingException", "slower", 400)
    detector = FaceDetector(client, SOON._replace(give_up_s=-1.0))
    with pytest.raises(aws.AwsError, match=r"nothing but ThrottlingException .* --at-once"):
        detector.detect_faces(b"x")


def test_patience_counts_from_the_last_answer(client, stub, monkeypatch):
    """A picture that is answered, whichever, restarts it."""
    clock = SimpleNamespace(monotonic=iter(range(0, 1000, 40)).__next__)
    monkeypatch.setattr("laughtrack.models.rekognition.client.time", clock)
    detector = FaceDetector(client, SOON)
    for _ in range(3):  # at 40, 80, ...: a minute is over from the second refusal on
        stub.add_client_error("detect_faces", "ThrottlingException", "slower", 400)
        stub.add_response("detect_faces", response(face()))
        assert detector.detect_faces(b"x")


@pytest.mark.parametrize(
    "code",
    [
        "InvalidImageFormatException",
        "ImageTooLargeException",
        "InvalidParameterException",
        "ValidationException",
    ],
)
def test_refusal_of_a_picture_says_why(code, client, stub):
    """In one line."""
    stub.add_client_error("detect_faces", code, "Request has\ninvalid image", 400)
    with pytest.raises(PictureRefused, match=f"^{code}: Request has invalid image$"):
        FaceDetector(client, SOON).detect_faces(b"x")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDeniedException", "may not DetectFaces .*ask for that permission"),
        ("ExpiredTokenException", "sign in again"),
        ("UnrecognizedClientException", "does not accept the credentials"),
        ("InvalidSignatureException", "does not accept the credentials"),
        ("SomethingNew", "answered DetectFaces with SomethingNew: why"),
    ],
)
def test_what_no_picture_would_pass_ends_it(code, says, client, stub):
    """At once, with the cure."""
    stub.add_client_error("detect_faces", code, "why", 400)
    with pytest.raises(aws.AwsError, match=says):
        FaceDetector(client, SOON).detect_faces(b"x")


class Failing:
    """A client whose connection fails from a request on."""

    def __init__(self, client, error, after):
        self.meta, self.error, self.after, self.count = client.meta, error, after, 0

    def detect_faces(self, **_):
        """Answer, or raise."""
        self.count += 1
        if self.after <= self.count < self.after + 3:
            raise self.error
        return response(face())


def test_without_credentials_it_ends_with_the_cure(client):
    """No answer ever came, and none will."""
    with pytest.raises(aws.AwsError, match="aws configure"):
        FaceDetector(Failing(client, NoCredentialsError(), 1), SOON).detect_faces(b"x")


def test_network_that_never_was_is_not_waited_for(client):
    """A wrong region's name is said at once."""
    lost = EndpointConnectionError(endpoint_url="https://nowhere")
    with pytest.raises(aws.AwsError, match="is the region's name right"):
        FaceDetector(Failing(client, lost, 1), SOON).detect_faces(b"x")


def test_network_that_was_there_is_waited_for(client):
    """After an answer it is only away for a while."""
    failing = Failing(client, EndpointConnectionError(endpoint_url="https://nowhere"), 2)
    detector = FaceDetector(failing, SOON)
    detector.detect_faces(b"x")
    assert detector.detect_faces(b"x") == response(face()) and failing.count == 5


def test_stop_wakes_what_waits(client, stub):
    """Nobody waits half a minute for Ctrl-C."""
    stub.add_client_error("detect_faces", "ThrottlingException", "slower", 400)
    detector = FaceDetector(client, Backoff(first_s=600.0), lambda _: detector.stop())
    with pytest.raises(Stopped):
        detector.detect_faces(b"x")


def test_one_bad_picture_leaves_the_others(client, stub, tmp_path):
    """Each comes with its answer or its error; a refusal is an answer to keep."""
    table = write_table(tmp_path, 4)
    answers.answers_folder(table).mkdir()
    paths = [tmp_path / "pictures" / f"p{n}.png" for n in range(4)]
    paths[1].write_bytes(b"broken")
    wanted = {"Image": {"Bytes": ANY}, "Attributes": ["ALL"]}
    stub.add_response("detect_faces", response(face()), wanted)
    stub.add_client_error("detect_faces", "InvalidImageFormatException", "no", 400)
    stub.add_response("detect_faces", response(), wanted)
    came = {
        path.stem: (said, error)
        for path, said, error in ask_all(table, paths, FaceDetector(client), 1)
    }
    assert came["p0"][0].faces == 1 and came["p3"][0].faces == 0
    assert came["p1"][0] is None and "p1.png" in str(came["p1"][1])
    assert came["p2"][0].refused == "InvalidImageFormatException: no"
    kept = [answers.read_answer(answers.answer_file(table, path)) for path in paths]
    assert kept == [came[path.stem][0] for path in paths]


def test_several_are_under_way_at_a_time(client, tmp_path):
    """Four threads meet at a barrier that one alone never passes."""
    table = write_table(tmp_path, 8)
    answers.answers_folder(table).mkdir()
    barrier = threading.Barrier(4, timeout=120)

    class Meeting(Failing):
        def detect_faces(self, **_):
            barrier.wait()
            return response(face())

    paths = [tmp_path / "pictures" / f"p{n}.png" for n in range(8)]
    detector = FaceDetector(Meeting(client, None, 0), SOON)
    came = list(ask_all(table, paths, detector, 4))
    assert len(came) == 8 and all(error is None for _, _, error in came)
