"""Small files as OpenFace, py-feat and Affectiva write them, for tests of what reads them."""

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
