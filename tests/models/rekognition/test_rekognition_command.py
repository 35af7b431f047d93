"""`laughtrack dataset label`: asked after a yes, kept as it comes, never asked twice."""

import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed")

from laughtrack.cli import app
from laughtrack.edge import file_lock
from laughtrack.models.data import label_table
from laughtrack.models.rekognition import answers
from tests.models.rekognition_cloud import face, response, stand_in, write_table

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cloud(monkeypatch):
    """Stand in for Amazon Rekognition."""
    with stand_in(monkeypatch) as cloud:
        yield cloud


def words(table, *more):
    """Return the command's words."""
    return ["dataset", "label", str(table), "--with", "rekognition", *more]


def labelled(table, *more):
    """Run the command, and return its exit code and the smile column."""
    code = app.main(words(table, "--yes", *more))
    return code, [picture.rekognition[0] for picture in label_table.read(table)]


@pytest.mark.slow
def test_table_is_filled_and_nothing_is_asked_twice(cloud, tmp_path, capsys):
    """Sums, agreement and cost are said; the second time all comes from the kept answers."""
    table = write_table(tmp_path, 6)
    answers = [response(face()), response(face(), face((0, 0, 0.1, 0.1), False)), response()]
    answers += [response(face(smile=False, sure=98.0))] * 3
    cloud.answer = lambda level, before: answers[level]
    column = ["0.965", "0.965", "", "0.02", "0.02", "0.02"]
    assert labelled(table, "--at-once", "3") == (0, column)
    said = capsys.readouterr()
    assert "6 pictures to send to Amazon Rekognition in eu-west-1: less than 0.01 USD" in said.err
    assert "estimate" in said.err
    assert said.out.splitlines() == [
        "6 pictures: 6 asked now, 0 before",
        "one face in 4, several in 1 (the large, central one counts), none in 1; 0 refused",
        "smiles in 2 of 5",
        "agrees with the hand label on 40.0 % of 5 (Cohen's kappa 0.00)",
    ]
    assert app.main(words(table)) == 0  # nothing to pay, nothing to confirm
    assert "6 pictures: 0 asked now, 6 before" in capsys.readouterr().out
    assert sorted(cloud.asked) == [0, 1, 2, 3, 4, 5]


@pytest.mark.slow
def test_cost_is_pictures_times_price(cloud, tmp_path, capsys):
    """With one's own price, too; what it comes from is said."""
    table = write_table(tmp_path, 12)
    assert labelled(table, "--price", "2.5")[0] == 0
    said = capsys.readouterr().err
    assert "12 pictures to send" in said and "about 30.00 USD (an estimate at 2.5 USD" in said


@pytest.mark.slow
def test_columns_are_read_again_from_kept_answers(cloud, tmp_path):
    """A table made again costs nothing, and needs no AWS."""
    assert labelled(write_table(tmp_path, 2))[0] == 0
    cloud.answer = None
    assert labelled(write_table(tmp_path, 2)) == (0, ["0.965", "0.965"])


@pytest.mark.slow
def test_table_in_the_folder_where_we_are(cloud, tmp_path, monkeypatch):
    """A bare name is the same table as its whole path: nothing is asked for again."""
    table = write_table(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    assert labelled("faces.csv") == (0, ["0.965", "0.965"])
    assert labelled(table)[0] == 0 and len(cloud.asked) == 2


@pytest.mark.slow
def test_without_a_terminal_it_asks_for_yes(cloud, tmp_path, capsys, monkeypatch):
    """Nobody pays by accident: 2, and not one picture sent."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    table = write_table(tmp_path, 1)
    assert app.main(words(table)) == 2
    assert "add --yes" in capsys.readouterr().err and cloud.asked == []


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "code", "asked"), [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
def test_at_a_terminal_only_a_yes_spends(typed, code, asked, cloud, tmp_path, monkeypatch):
    """Enter alone is a no."""

    class Terminal:
        def isatty(self):
            return True

        def readline(self, *_):
            return typed

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda text: typed.strip())
    assert app.main(words(write_table(tmp_path, 1))) == code
    assert len(cloud.asked) == asked


@pytest.mark.slow
def test_throttling_over_http_is_waited_out(cloud, tmp_path):
    """Amazon's own errors, as they come over the wire."""
    codes = ["ThrottlingException", "ProvisionedThroughputExceededException"]
    cloud.answer = lambda level, before: codes[before] if before < 2 else response(face())
    assert labelled(write_table(tmp_path, 1)) == (0, ["0.965"])
    assert len(cloud.asked) == 3


@pytest.mark.slow
def test_refused_permission_ends_it_and_keeps_what_came(cloud, tmp_path, capsys):
    """The next run asks for the rest only."""
    table = write_table(tmp_path, 5)
    cloud.answer = lambda level, before: response(face()) if level < 2 else "AccessDeniedException"
    assert labelled(table, "--at-once", "1") == (1, ["0.965", "0.965", "", "", ""])
    assert cloud.asked == [0, 1, 2]
    assert "may not DetectFaces" in capsys.readouterr().err
    cloud.answer = lambda level, before: response(face())
    assert labelled(table, "--at-once", "1") == (0, ["0.965"] * 5)
    assert cloud.asked == [0, 1, 2, 2, 3, 4]


@pytest.mark.slow
def test_refused_picture_is_named_and_remembered(cloud, tmp_path, capsys):
    """The rest is done; it is asked for again only with --again."""
    table = write_table(tmp_path, 3)
    bad = {1: "InvalidImageFormatException"}
    cloud.answer = lambda level, before: bad.get(level) or response(face())
    assert labelled(table) == (1, ["0.965", "", "0.965"])
    said = capsys.readouterr()
    assert "p1.png: refused: InvalidImageFormatException" in said.err and "1 refused" in said.out
    assert labelled(table) == (0, ["0.965", "", "0.965"])
    assert len(cloud.asked) == 3
    bad.clear()
    assert labelled(table, "--again") == (0, ["0.965"] * 3)
    assert cloud.asked[3:] == [1]


@pytest.mark.slow
def test_missing_and_broken_pictures_are_named(cloud, tmp_path, capsys):
    """They cost nothing, and the others are done."""
    table = write_table(tmp_path, 3)
    (tmp_path / "pictures" / "p0.png").unlink()
    (tmp_path / "pictures" / "p1.png").write_bytes(b"not a picture")
    assert labelled(table) == (1, ["", "", "0.965"])
    said = capsys.readouterr().err
    assert "p0.png: missing" in said and "p1.png: no picture, or a broken one" in said
    assert "2 pictures to send" in said and cloud.asked == [2]


@pytest.mark.slow
def test_many_problems_are_named_in_a_file(cloud, tmp_path, capsys):
    """The terminal shows the first; none is lost."""
    table = write_table(tmp_path, 51)
    for n in range(50):
        (tmp_path / "pictures" / f"p{n}.png").unlink()
    assert labelled(table)[0] == 1
    file = answers.answers_folder(table) / "problems.txt"
    assert f"and 10 more: {file} names all" in capsys.readouterr().err
    assert len(file.read_text().splitlines()) == 50


@pytest.mark.slow
def test_labels_from_elsewhere_stay_unless_told(cloud, tmp_path, capsys):
    """--replace asks for them, too."""
    table = write_table(tmp_path, 2)
    listed = [p._replace(rekognition=tuple("10000000")) for p in label_table.read(table)[:1]]
    label_table.write(table, listed + label_table.read(table)[1:])
    assert labelled(table) == (0, ["1", "0.965"])
    assert "rek_ labels from elsewhere stay for 1 " in capsys.readouterr().err
    assert labelled(table, "--replace") == (0, ["0.965", "0.965"])
    assert cloud.asked == [1, 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unset", "says"),
    [
        (["AWS_DEFAULT_REGION"], "give --region, like"),
        (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "run `aws configure`"),
    ],
)
def test_settings_that_lack_are_named(unset, says, cloud, tmp_path, capsys, monkeypatch):
    """With how to set them."""
    for name in unset:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert labelled(write_table(tmp_path, 1)) == (1, [""])
    assert says in capsys.readouterr().err and cloud.asked == []


@pytest.mark.slow
def test_without_boto3_the_extra_is_named(tmp_path, capsys, monkeypatch):
    """What to install, in one line."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert labelled(write_table(tmp_path, 1)) == (1, [""])
    assert "pip install 'laughtrack[aws]'" in capsys.readouterr().err


@pytest.mark.slow
def test_two_at_one_table_would_pay_twice(cloud, tmp_path, capsys):
    """The second is refused before it asks."""
    table = write_table(tmp_path, 1)
    answers.answers_folder(table).mkdir()
    lock = file_lock.lock_folder(str(answers.answers_folder(table)))
    assert labelled(table) == (1, [""])
    assert "is in use" in capsys.readouterr().err and cloud.asked == []
    os.close(lock)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--at-once", "0"], "at-once"),
        (["--at-once", "99"], "at-once"),
        (["--price", "-1"], "price"),
    ],
)
def test_wrong_usage_is_2(more, says, tmp_path, capsys):
    """The option is named."""
    assert app.main(words(tmp_path / "faces.csv", *more)) == 2
    assert says in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "column", "code"),
    [
        (signal.SIGINT, ["0.965", "0.965", "0.965", "", ""], 130),  # one was under way
        (signal.SIGKILL, ["", "", "", "", ""], -signal.SIGKILL),
    ],
)
def test_stopped_it_loses_nothing_and_carries_on(number, column, code, cloud, tmp_path):
    """Ctrl-C fills in what came; after kill -9 the next run does. No answer is asked for twice."""
    table, third, go = write_table(tmp_path, 5), threading.Event(), threading.Event()

    def answer(level, before):
        if level == 2 and not before:
            third.set()
            go.wait(30)
        return response(face())

    cloud.answer = answer
    command = [sys.executable, "-m", "laughtrack", *words(table, "--yes", "--at-once", "1")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert third.wait(60)
    process.send_signal(number)
    if number == signal.SIGKILL:
        process.wait()
    threading.Timer(0.5, go.set).start()
    talk = process.communicate(timeout=600)[1]
    assert process.returncode == code
    assert ("the same command carries on" in talk) == (number == signal.SIGINT)
    assert [p.rekognition[0] for p in label_table.read(table)] == column
    assert labelled(table, "--at-once", "1") == (0, ["0.965"] * 5)
    under_way = [2] if number == signal.SIGKILL else []
    assert sorted(cloud.asked) == sorted([0, 1, 2, 3, 4, *under_way])
