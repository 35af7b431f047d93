"""fer's loop over a film, run by the interpreter of `.venv-fer`: ``fer_loop.py FILM SECONDS OUT``.

Haar mode, all else as fer has it. On the clock: decoding, `detect_emotions` for each frame and a
row for each face in a table. Not on it: imports, reading the weights, and one call to warm up.
Writes seconds taken, by the clock and of the processor, and each frame's boxes (x y w h) to OUT, as
JSON.
"""

import csv
import json
import sys
import time

import cv2
from fer.fer import FER


def main(film, seconds, out):
    """Run the loop."""
    detector = FER(mtcnn=False)
    detector.detect_emotions(cv2.VideoCapture(film).read()[1])
    found = []
    with open(out + ".csv", "w", newline="") as file:
        rows = csv.writer(file)
        began, processor_s = time.perf_counter(), time.process_time()
        source = cv2.VideoCapture(film)
        most = seconds * source.get(cv2.CAP_PROP_FPS)
        while len(found) < most:
            there, image = source.read()
            if not there:
                break
            faces = detector.detect_emotions(image)
            for face in faces:
                rows.writerow([len(found), *face["box"], *face["emotions"].values()])
            found.append([[int(side) for side in face["box"]] for face in faces])
        took_s = time.perf_counter() - began
        processor_s = time.process_time() - processor_s
    with open(out, "w") as file:
        json.dump({"took_s": took_s, "processor_s": processor_s, "boxes": found}, file)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
