"""What kind of event a session is: an allow list, since the law forbids some kinds of it.

Inferring emotions of people at work or in education is prohibited in the European Union (AI Act,
Article 5(1)(f)). So a session says what it is, by one of `KINDS`; what is none of them is
``other: WHAT; ground: WHY``, where WHY begins with one of the legal grounds of the GDPR's
Article 6(1), as in ``other: village feast; ground: consent of each visitor``. Words for work and
education in there are refused all the same. A title is no context: see `check_title`.

Standard library only, and read by Python 3.7.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from laughtrack.edge.context_words import ANYWHERE, TITLES, WORDS

KINDS = ("screening", "theatre", "concert", "comedy", "talk", "sport", "home")
RESEARCH = "research with consent"
GROUNDS = (
    "consent",
    "contract",
    "legal obligation",
    "vital interest",
    "public task",
    "public interest",
    "legitimate interest",
)
KINDS_IN_WORDS = ", ".join(KINDS) + f", {RESEARCH}, or other: WHAT; ground: WHY"
# A batch's context, as a setting, is no longer.
MOST_CHARACTERS = 200

# Other spellings, without spaces and accents. Not translations at large: what is none of these is
# answered with the list, and costs a word.
_SPELLINGS = {
    "screening": "screenings filmscreening moviescreening testscreening previewscreening cinema "
    "film movie filmscreenings kino cine",
    "theatre": "theater theatres theaters theatro teatro teater theatreplay theaterplay",
    "concert": "concerts konzert concierto concerto livemusic koncert",
    "comedy": "comedies comedyshow comedynight standupcomedy standup komodie comedie comedia",
    "talk": "talks publictalk",
    "sport": "sports sportevent sportingevent sportsevent",
    "home": "athome zuhause",
    RESEARCH: "researchconsent researchconsentgiven researchconsented researchwithconsentgiven "
    "researchwithinformedconsent researchinformedconsent consentedresearch "
    "researchwithconsentofeachviewer researchwithconsentofeveryviewer "
    "researchwithconsentofallviewers researchwithconsentofallparticipants "
    "researchwithconsentofeachparticipant researchwithconsentofeveryparticipant "
    "researchwithwrittenconsent researchwithexplicitconsent researchunderconsent",
}
_OTHER = re.compile(r"other\b[\s:=,(-]*(.*)", re.DOTALL)
_GROUND = re.compile(r"[\s;,.|/(\[-]+(?:legal\s+)?(?:ground|basis)s?\s*[:=]\s*", re.IGNORECASE)
_DENIAL = re.compile(
    r"(no|not|none|non|never|without|refus\w*|withdr\w*|lack\w*|missing|pending|absent|un\w*|n/a|"
    r"\w+n[’']t|nobody|unnecessary|waived)"
)
# Punctuation of plain phrases; nothing that could draw a letter, no symbols and no emoji.
_PLAIN = " ’.,&/()-–:+"

# Letters of other scripts that look like Latin ones, and digits and signs put for letters.
_LOOKS = str.maketrans(
    "аеорсухіїјѕһԁԛԝьбвгкмнптзѵɡαβγεζηικμνορσςτυχωποսհգցօ013457896@$€£|!+¡ı",
    "aeopcyxiijshdqwbbbrkmhntzvgabyeznikmnopcctuxwnoshgqooieastbggasel" + "iitii",
)


class ForbiddenContext(ValueError):
    """Work or education: nobody may be measured there, and nothing of it is kept."""


def check_context(context: str) -> str:
    """Return a context by its one name.

    Parameters
    ----------
    context : str
        One of `KINDS` or `RESEARCH`, in any case, width and punctuation, or
        ``other: WHAT; ground: WHY``.

    Returns
    -------
    str
        One of `KINDS`, `RESEARCH`, or ``other: WHAT; ground: WHY``.

    Raises
    ------
    ForbiddenContext
        It names work or education.
    ValueError
        It is none of the kinds; with how to say it.
    """
    plain = unicodedata.normalize("NFKC", context)
    plain = "".join(each for each in plain if unicodedata.category(each) not in ("Cf", "Mn"))
    known = _canonical_names().get(_squashed(_without_accents(plain.casefold())))
    # Symbols and emoji say something, too; only punctuation and spaces do not.
    if known and not any(unicodedata.category(each)[0] in "SC" for each in "".join(plain.split())):
        return known
    other = _OTHER.fullmatch(" ".join(unicodedata.normalize("NFKC", context).split()).casefold())
    said = context if other is None else _without_ground(other.group(1))
    if names_work_or_education(said):
        raise ForbiddenContext(
            f"context is {_short(context)}: inferring emotions of people at work or in education "
            "is prohibited in the European Union (AI Act, Article 5(1)(f)), so such sessions are "
            f"not recorded. Kinds of event that are: {KINDS_IN_WORDS}"
        )
    if other:
        return _check_other(context)
    raise ValueError(f"context is {_short(context)}: {_expected(context)}")


def check_title(title: str) -> str:
    """Return a title, unless it names a meeting, a lesson or an exam as what is recorded.

    A title says what was shown, and films are called The Office or School of Rock: a word in it
    tells nothing of the viewers, and the context alone decides. "Staff meeting" or "Unterricht 7b"
    contradicts its context.

    Raises
    ------
    ForbiddenContext
        Naming the title.
    """
    squashed = _squashed(_letters(title))
    if any(each in squashed for each in _title_words()) or _numbered_lesson(title):
        raise ForbiddenContext(
            f"title is {_short(title)}: inferring emotions of people at work or in education is "
            "prohibited in the European Union (AI Act, Article 5(1)(f)), so meetings and lessons "
            "are not recorded. If a film is called so, give it a title that says that it is one"
        )
    return title


def names_work_or_education(text: str) -> bool:
    """Whether a text has a word for work or education, however it is written."""
    # Digits and signs as the letters that they are put for, and as what stands between letters.
    text = unicodedata.normalize("NFKC", text).replace("_", " ")
    ended = re.sub(r"[!|+]+(?![^\W\d])", " ", text)
    spaced = re.sub(r"[\d!|+$@]+", " ", text)
    return any(_has_denied(_letters(each)) for each in (text, ended, spaced))


def _has_denied(letters: str) -> bool:
    words = [word for word in re.split(r"[\W_]+", letters) if word]
    exact, prefixes, anywhere = _denied()
    # Letters with spaces between them are one word, and so are two halves of one.
    spelt = re.sub(r"\b(\w)[\W_]+(?=\w\b)", r"\1", letters)
    runs = [word for word in re.split(r"[\W_]+", spelt) if word and word not in words]
    words += runs
    if any(word in exact or word.startswith(prefixes) for word in words):
        return True
    # Of several words that are spelt nothing says where one ends.
    if any(len(each) > 2 and each in run for run in runs for each in (*exact, *prefixes)):
        return True
    if any(a + b in exact for a, b in zip(words, words[1:])):
        return True
    # Short ones within a word; long ones and those of scripts without spaces over its bounds, too.
    squashed = _squashed(letters)
    return any(
        each in squashed if len(each) > 5 or not each.isascii() else any(each in w for w in words)
        for each in anywhere
    )


def _check_other(context: str) -> str:
    """Return ``other: WHAT; ground: WHY``, or say what is missing."""
    # The other apostrophe ends what shells and recipes quote.
    text = " ".join(unicodedata.normalize("NFKC", context).split()).replace("'", "’")
    rest = re.sub(r"(?i)^other\b[\s:=,(-]*", "", text).rstrip(" )]")
    parts = _GROUND.split(rest, maxsplit=1)
    what, why = parts[0].strip(" ;,"), (parts[1].strip(" ;,") if len(parts) > 1 else "")
    said = f"context is {_short(context)}: expected other: WHAT; ground: WHY, as in other: village "
    said += "feast; ground: consent of each visitor: "
    if sum(map(str.isalpha, what)) < 2:
        raise ValueError(said + "WHAT is missing")
    for each in what + why:
        if not (each.isalnum() or unicodedata.category(each)[0] == "M" or each in _PLAIN):
            raise ValueError(f"{said}{each!r} is no letter, digit or plain punctuation")
    if _mixed(what + " " + why):
        raise ValueError(said + "a word of it mixes alphabets")
    stated = _squashed(why.casefold())
    for adjective in ("informed", "explicit", "written", "documented", "the"):
        stated = stated[len(adjective) :] if stated.startswith(adjective) else stated
    denied = any(_DENIAL.fullmatch(word) for word in re.split(r"[^\w’/]+", why.casefold()))
    if denied or not stated.startswith(tuple(map(_squashed, GROUNDS))):
        raise ValueError(
            said + "WHY begins with the legal ground (GDPR, Article 6(1)): " + ", ".join(GROUNDS)
        )
    found = f"other: {what}; ground: {why}"
    if len(found) > MOST_CHARACTERS:
        raise ValueError(
            f"context is {_short(context)}: expected up to {MOST_CHARACTERS} characters"
        )
    return found


def _without_ground(text: str) -> str:
    """Return what is to be searched for words: all but the ground's own name, such as contract."""
    what, *why = _GROUND.split(text, maxsplit=1)
    rest = re.sub("(" + "|".join(GROUNDS) + ")s?", " ", why[0]) if why else ""
    return what + " ; " + rest


def _numbered_lesson(title: str) -> bool:
    """Whether a title is a numbered lesson's or a class's: "Lecture 5", "Mathe 7b"."""
    text = _without_accents(unicodedata.normalize("NFKC", title).casefold())
    return bool(
        re.search(
            r"\b(lecture|lesson|lektion|lecon|leccion|lezione|lezion|klasse|grade)\W*\d", text
        )
        or re.search(
            r"\b(mathe?s?|deutsch|englisch|bio|physi[ck]s?|chemi\w*)\W*\d+\W?[a-z]\b", text
        )
    )


def _mixed(text: str) -> bool:
    """Whether a word has letters of the Latin and of another alphabet that looks like it."""
    for word in text.split():
        scripts = {unicodedata.name(each, "?").split()[0] for each in word if each.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LISU"}:
            return True
    return False


def _expected(context: str) -> str:
    # A word such as these, for who gave nothing at all.
    if _squashed(context).casefold().startswith("research"):
        return f"research needs the consent of each viewer: say {RESEARCH!r}, if that is so"
    return f"expected a word such as screening or theatre: one of {KINDS_IN_WORDS}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(each for each in parts if unicodedata.category(each) not in ("Mn", "Me"))


def _squashed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _letters(text: str) -> str:
    """Return a text's letters as they look: no accents, nothing invisible, look-alikes as one."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(each for each in text if unicodedata.category(each) not in ("Cf", "Cc", "Cn"))
    text = _without_accents(unicodedata.normalize("NFKC", text))
    text = "".join(each if each.isascii() else _latin(each) for each in text)
    text = text.translate(_LOOKS).casefold()
    # i and l, and pairs that look like one letter, count as the same.
    return text.replace("vv", "w").replace("rn", "m").replace("l", "i")


@functools.lru_cache(4096)
def _latin(letter: str) -> str:
    """Return the Latin letter that a variant of one is, by its name; else the letter itself."""
    letter = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ð": "d"}.get(
        letter, letter
    )
    name = unicodedata.name(letter, "") if len(letter) == 1 else ""
    found = re.search(r"(?:LATIN|REGIONAL|NEGATIVE|SQUARED|CIRCLED).*\b([A-Z])(?: WITH .*)?$", name)
    return found.group(1).lower() if found else letter


@functools.lru_cache(1)
def _denied() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Words that stand alone, beginnings of words, and what counts wherever it stands."""
    exact: set[str] = set()
    prefixes: set[str] = set()
    anywhere = {_squashed(_letters(word)) for word in ANYWHERE}
    for word in WORDS:
        stem = _squashed(_letters(word.strip("*")))
        if word.startswith("*"):
            anywhere.add(stem)
        elif word.endswith("*"):
            prefixes.add(stem)
        else:
            exact.update((stem, stem + "s"))
    return frozenset(exact), tuple(sorted(prefixes)), tuple(sorted(anywhere))


@functools.lru_cache(1)
def _title_words() -> tuple[str, ...]:
    return tuple(_squashed(_letters(word)) for word in TITLES)


@functools.lru_cache(1)
def _canonical_names() -> dict[str, str]:
    names = {_squashed(name): name for name in (*KINDS, RESEARCH)}
    for name, spellings in _SPELLINGS.items():
        names.update(dict.fromkeys(spellings.split(), name))
    return names
