"""Small files as OpenFace, py-feat, Affectiva and iMotions write them, for tests of readers."""

import json

AFFECTIVA = "application/vnd.affectiva.session.v0+json"

# FeatureExtraction of OpenFace 1 and 2.0: blanks after commas, no face_id, a lost face in zeros.
OPENFACE_1 = """\
frame, timestamp, confidence, success, pose_Rx, x_0, x_1, y_0, y_1, X_0, AU01_r, AU12_r, AU12_c
1, 0, 0.98, 1, 0.29, 277.2, 378.1, 181.1, 260.9, -62.2, 0, 0.45, 0
2, 0.033, 0.98, 1, 0.29, 277.9, 378.4, 181.6, 260.1, -62.2, 0, 2.5, 1
3, 0.067, 0.03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
4, 0.1, 0.97, 1, 0.29, 277.2, 378.1, 181.1, 260.9, -62.2, 0, 5, 1
"""
# FaceLandmarkVidMulti of OpenFace 2.2: no blanks, a row for each face; nobody in frames 3 to 99.
OPENFACE_2 = """\
frame,face_id,timestamp,confidence,success,AU12_r,AU12_c
1,0,0.000,0.98,1,1.00,1.00
1,1,0.000,0.93,1,0.00,0.00
2,1,0.033,0.93,1,0.25,0.00
100,0,3.300,0.98,1,4.00,1.00
"""
PYFEAT_HEAD = (
    "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,x_0,Pitch,AU01,AU06,AU12,AU43,"
    "anger,happiness,Identity_1,gaze_pitch,FrameHeight,FrameWidth,input,frame,approx_time,Identity"
)
# Every second frame, as with skip_frames=2; nobody in frame 4.
PYFEAT = f"""\
{PYFEAT_HEAD}
326.0,211.0,455.0,662.0,0.99998677,354.8,0.18,0.28,1.0,1.0,0.8,0.0,0.96,,-0.3,1080.0,1080.0,2.mp4,0,00:00,Person_0
30.4,20.6,45.0,62.0,0.97,35.8,0.18,0.28,1.0,0.125,0.8,0.0,0.1,,-0.3,1080.0,1080.0,2.mp4,0,00:00,Person_1
330.0,217.0,454.0,678.0,0.99998856,354.8,0.22,0.34,1.0,0.834,0.65,0.0,0.9,,0.0,1080.0,1080.0,2.mp4,2,00:00,Person_0
,,,,,,,,,,,,,,,1080.0,1080.0,2.mp4,4,00:00,
330.0,217.0,454.0,678.0,0.99,354.8,0.22,0.34,1.0,,0.65,0.0,0.9,,0.0,1080.0,1080.0,2.mp4,6,00:00,Person_0
"""


def affectiva(*frames, **changes):
    """Return a session in JSON of (time, faces) frames."""
    listed = [{"time": time, "faces": faces} for time, faces in frames]
    return json.dumps({"content_type": AFFECTIVA, "configuration": {}, "frames": listed} | changes)


SESSION = affectiva(
    (0.0, {"3": {"lip suck": 0, "smile": 59.6}, "4": {"smile": 0.1}}),
    (0.1, {}),
    (0.2, {"4": {"smile": 100.0, "mean face luminance": 68.0}, "3": {"lip suck": 0.1}}),
)


def _imotions(above, head, *rows):
    return "\n".join([*above, "\t".join(head), *("\t".join(map(str, row)) for row in rows)]) + "\n"


# iMotions 6 with FACET: five lines above the header; a row a sensor, others' values repeated.
FACET = _imotions(
    ["Study name : Smiles", "Study date : 01/02/16 14:00", "iMotions version 6.0.16", "", ""],
    [
        *("StudyName", "Name", "StimuliName", "EventSource", "Timestamp", "MediaTime", "FrameNo"),
        *("FrameTime", "FaceRect X", "FaceRect Y", "FaceRect Width", "FaceRect Height"),
        *("Joy Evidence", "Anger Evidence", "SlideEvent"),
    ],
    ["Smiles", "R3", "ad", "FACET", 0, "", 0, 0, 10, 20, 30, 40, -2, 0.5, "StartMedia"],
    ["Smiles", "R3", "ad", "Tobii", 16, "", 0, 0, 10, 20, 30, 40, -2, 0.5, ""],
    ["Smiles", "R3", "ad", "FACET|Tobii", 33, "", 1, 33, 10, 20, 30, 40, 0, 0.5, ""],
    ["Smiles", "R3", "ad", "FACET", 67, "", 2, 67, "", "", "", "", "", "", ""],
    ["Smiles", "R3", "ad", "FACET", 100, "", 3, 100, 11, 20, 30, 40, 2, 0.5, ""],
)
# iMotions 9 with AFFDEX: commas, what it says of the study above, two columns of one name.
AFFDEX = """\
#METADATA
#Study name,Smiles,,
#Respondent Name,R3,0b1c,
#Recording time,Date: 12.05.2025,Time: 22:20:22.911 +01:00,Unix time: 1764969622911
#Sensor info,"Affectiva AFFDEX, Manufacturer: Affectiva",,
#DATA,,,
Row,Timestamp,EventSource,SlideEvent,StimType,SourceStimuliName,EventSource,Joy,Smile,Pitch
1,0,1,StartMedia,Video,ad,,,,
2,1.5,2,,Video,ad,Affectiva,0.1,12.5,1
3,41.5,2,,Video,ad,Affectiva,80,100,1
4,60.0,1,,Video,ad,,,,
5,81.5,2,,Video,ad,Affectiva,0.1,0,1
"""
FACEREADER = """\
Video analysis detailed log
Face Model:\tGeneral

Video Time\tNeutral\tHappy\tSad\tStimulus
00:00:00.000\t0.9\t0.05\t0.01\t
"""
