"""What the page of figures says: its columns, and what is told before each table."""

from __future__ import annotations

from laughtrack.models.evaluation.clips.onsets import NEAR_S, STAYS_S

TITLES = {
    "genki4k": "GENKI-4K",
    "lfw": "LFW",
    "mtfl": "MTFL",
    "aflw": "MTFL's AFLW part",
    "fairface": "FairFace",
    "ferplus": "FER+",
}
SHARES = (
    *("right", "balanced", "abstained", "right_judged", "found", "right_of_all"),
    *("false_smiles", "missed_smiles"),
)
ROW = {
    "faces": "faces",
    "smiles": "smiles",
    "right": "right, %",
    "balanced": "balanced, %",
    "auc": "area under ROC",
    "f1": "F1",
    "ece": "calibration error",
    "false_smiles": "false smiles, %",
    "missed_smiles": "missed smiles, %",
    "abstained": "abstained, %",
    "right_judged": "right of the judged, %",
}
SET = {
    "pictures": "pictures",
    "people": "people with a face found",
    "found": "face found, %",
    "right_of_all": "right of all, %",
    "errors": "false : missed",
}
GROUP = {
    "pictures": "pictures",
    "found": "face found, %",
    "faces": "faces with a label",
    "smiles": "smiles",
    "balanced": "balanced, %",
    "false_smiles": "false smiles, %",
    "missed_smiles": "missed smiles, %",
    "ece": "calibration error",
}
DEGREES = {
    "mean_none": "mean score, none",
    "mean_slight": "slight",
    "mean_broad": "broad",
    "auc_broad_of_rest": "area under ROC, broad of the rest",
    "auc_broad_of_slight": "broad of slight",
    "auc_slight_of_none": "slight of none",
}
SUMMARY = {
    "found": "found {} %",
    "right": "right {} %",
    "auc": "area under ROC {}",
    "ece": "calibration error {}",
    "errors": "{} smiles false and missed",
}
FINDERS = {"haar": "the cascades", "net": "FinderNet", "both": "the cascades and FinderNet"}
HOW_FOUND = {
    False: "Faces were found by the loop's own scan of the whole picture, with {finder}.",
    True: (
        "The pictures are ready crops: no face was looked for, and a face is as wide as its crop "
        "over {widen:g}."
    ),
}
MEASURED = """\
{pictures:,} pictures were measured: {chosen_by}. Left out: {left_out:,} ({left_out_as}), and
{without_label:,} without a label; {unreadable:,} could not be read. {how}

Weights {weights} (SHA-256 of the ONNX file), scored as {precision}, OpenCV {opencv}, {seconds:,} s.

In brackets: 95 % intervals from {draws:,} draws of people; where all faces are right, or all wrong,
drawing can't tell how sure that is. "Right" is on the right side of one half, "balanced" the mean
of the shares right among smiles and among the rest. These are of every face found, judged or not.
A face of quality below {judged_from:g} is abstained from: the loop stores it as present and
unjudged. "Right of the judged" is of the others.
"""
ABOUT_SETS = """\
"Right of all" counts a picture without a face found as wrong. "False : missed" counts faces that
score a smile and show none, and smiles that score none. FairFace has no labels of smiles, and MTFL
loose ones: theirs are by agreement, `agreement.txt` beside the weights, which leaves the doubtful
out and so the hardest faces. Of a folder, FER+ is not measured: its votes are for happiness.
"""
ABOUT_SIZE = """\
Each picture is shrunk until the box found in it at full size is that wide; none is enlarged. So
a row tells what size does to the score and not what it does to the finder, which misses more small
faces than large ones. Quality, which says what is abstained from, is that of the small face.
"""
ABOUT_TURN = """\
By the labels of head pose; yaw and roll to either side together.
"""
ABOUT_LABEL = """\
The same scores against each label, where it was given. "smile" is what all other tables go by: for
LFW a yes from either hand label (happiness, or a strict smile).
"""
ABOUT_GROUPS = """\
Who is in a picture as its set's makers saw it. "Face found" is of all pictures, the other figures
are of the faces found that have a smile's label. Who is not found is missing from an audience's
figures just as who is misread is wrong in them.
"""
ABOUT_DEGREE = """\
By LFW's two hand labels: neither says yes (none), only the second (slight), both (broad).
"""
ABOUT_VIDEO = f"""\
Every frame is scanned whole, the likeliest large face scored, and the score steadied as in the
loop. The onset is where the score first stays above one half for {STAYS_S:g} s. It is near if it is
at most {NEAR_S:g} s outside the gap between the last neutral frame and the first of the smile.
"""
