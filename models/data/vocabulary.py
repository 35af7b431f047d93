"""The vocabulary of label files: words for smiles and for emotions."""

from __future__ import annotations

from collections.abc import Collection

from laughtrack.models.data import labels

SMILE_WORDS = (
    "1 true yes y smile smiles smiling smiled positive positives pos happy happiness joy laugh"
)
OTHER_WORDS = (
    "0 -1 false no n none nosmile nosmiles nosmiling nonsmile nonsmiles nonsmiling notsmile "
    "notsmiling unsmiling neutral negative negatives neg angry anger sad sadness fear fearful "
    "disgust disgusted surprise surprised contempt"
)
SMILE_LABELS = {
    **dict.fromkeys(SMILE_WORDS.split(), "1"),
    **dict.fromkeys(OTHER_WORDS.split(), "0"),
}
EMOTIONS = {
    **{name: name for name in ("happiness", "neutral", *labels.GRIMACES)},
    "happy": "happiness",
    "joy": "happiness",
    "surprised": "surprise",
    "angry": "anger",
    "sad": "sadness",
    "disgusted": "disgust",
    "fearful": "fear",
}


def smile_label(word: str, smiles: Collection[str] = ()) -> str:
    """Return whether a class or a cell means a smile.

    Parameters
    ----------
    word : str
    smiles : collection of str
        Words that mean one; then all others mean none. Without any, common words are known.

    Returns
    -------
    str
        "1", "0", or "" where it isn't known.
    """
    if smiles:
        return "1" if word in smiles else "0"
    try:
        word = f"{float(word):g}"
    except ValueError:
        word = "".join(letter for letter in word.casefold() if letter.isalnum())
    return SMILE_LABELS.get(word, "")


def emotion_label(word: str) -> str:
    """Name the emotion that a cell means.

    Parameters
    ----------
    word : str
        In large or small letters; "" where not known.

    Returns
    -------
    str
        One of `EMOTIONS`' values, or "".

    Raises
    ------
    ValueError
        If it is no such word: any but happiness would count as no smile.
    """
    name = EMOTIONS.get(word.lower(), "")
    if word and not name:
        raise ValueError(
            f"emotion is {word!r}: expected one of {', '.join(dict.fromkeys(EMOTIONS.values()))}"
        )
    return name
