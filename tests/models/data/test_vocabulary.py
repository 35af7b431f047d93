"""Words of label files."""

import pytest

from laughtrack.models.data import labels, vocabulary


@pytest.mark.parametrize(
    ("word", "smiles", "means"),
    [
        ("smile", (), "1"),
        ("Smiling", (), "1"),
        ("no_smile", (), "0"),
        ("Non-Smile", (), "0"),
        ("positives", (), "1"),
        ("HAPPY", (), "1"),
        ("neutral", (), "0"),
        ("1", (), "1"),
        ("0.0", (), "0"),
        ("1.0", (), "1"),
        ("0.8", (), ""),
        ("-1", (), "0"),
        ("nan", (), ""),
        ("maybe", (), ""),
        ("", (), ""),
        ("smile", ("grin",), "0"),
        ("grin", ("grin",), "1"),
    ],
)
def test_words_mean_a_smile_or_not(word, smiles, means):
    """Common ones are known; with words given, those alone count."""
    assert vocabulary.smile_label(word, smiles) == means


@pytest.mark.parametrize(
    ("word", "means"),
    [("Happy", "happiness"), ("NEUTRAL", "neutral"), ("surprised", "surprise"), ("", "")],
)
def test_words_mean_an_emotion(word, means):
    """However they are written."""
    assert vocabulary.emotion_label(word) == means


def test_emotion_nobody_knows_is_refused():
    """It would count as no smile."""
    with pytest.raises(ValueError, match="emotion is 'grin': expected one of happiness, neutral, "):
        vocabulary.emotion_label("grin")


def test_each_grimace_has_a_word():
    """What weighs more in training can be said."""
    assert set(labels.GRIMACES) <= set(vocabulary.EMOTIONS.values())
