"""Train FinderNet.

`python -m laughtrack.models.finder.train --data FOLDER --teacher YUNET.onnx`, in the finder's
training environment. Interrupted, the same command carries on from the last checkpoint.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch

from laughtrack.edge import console
from laughtrack.edge.atomic_files import replacing
from laughtrack.models.finder import pictures
from laughtrack.models.finder.compose import MOST_FACES, SIDE, Composer
from laughtrack.models.finder.net import FinderNet
from laughtrack.models.finder.targets import loss
from laughtrack.models.finder.teacher import Teacher

DEFAULT_WORK = Path.home() / ".cache" / "laughtrack" / "finder"
CHUNK = 64  # pictures composed at once
CHECKPOINT_S = 120.0


class Settings(NamedTuple):
    """All numbers of one training."""

    pictures: int = 1_200_000  # looked at, each composed one about `reuse` times
    batch: int = 64
    reuse: float = 3.0
    pool: int = 24_000  # the latest composed pictures, of which batches are drawn
    peak: float = 3e-3  # the highest learning rate
    decay: float = 1e-4
    average: float = 0.999  # of the weights, over steps
    seed: int = 1
    workers: int = 1  # processes that compose
    device: str = "cpu"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default="../shared/data", help="the sets' folder")
    parser.add_argument("--teacher", type=Path, required=True, help="YuNet's ONNX file")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="pictures and checkpoints")
    defaults = Settings()
    parser.add_argument("--pictures", type=int, default=defaults.pictures, help="to look at")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--workers", type=int, default=defaults.workers, help="that compose")
    parser.add_argument("--device", default=defaults.device, help="cpu or cuda")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    settings = defaults._replace(
        pictures=options.pictures,
        seed=options.seed,
        workers=options.workers,
        device=options.device,
    )
    try:
        pack = options.work / "pictures.npz"
        if not pack.is_file():
            options.work.mkdir(parents=True, exist_ok=True)
            if not pictures.write_pack(pack, pictures.natural_pictures(options.data)):
                raise ValueError(f"{options.data}: no pictures of any set there")
        train(pack, options.teacher, options.work, settings)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.finder.train: {error}")
        return 1
    return 0


def train(pack: Path, teacher: Path, work: Path, settings: Settings) -> Path:
    """Train, carrying on from `work/checkpoint.pt` if it is there.

    Parameters
    ----------
    pack : path
        Of `pictures.write_pack`; the teacher's faces of them are kept beside it.
    teacher : path
        YuNet's ONNX file.
    work : path
        Folder for the checkpoint and the weights.
    settings : Settings

    Returns
    -------
    path of the averaged weights
    """
    torch.manual_seed(settings.seed)
    device = torch.device(settings.device)
    net = FinderNet().to(device, memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(settings.average),
        use_buffers=True,
    )  # fmt: skip
    steps = math.ceil(settings.pictures / settings.batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.peak, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.peak, steps, pct_start=0.05, div_factor=25, final_div_factor=40
    )
    parts: dict[str, Any] = {
        "net": net, "average": average, "optimizer": optimizer, "schedule": schedule
    }  # fmt: skip
    checkpoint = work / "checkpoint.pt"
    step = _restore(checkpoint, parts)
    saved = time.monotonic()
    for batch, faces in _batches(pack, teacher, settings, step, steps):
        wrong = _one_step(net, batch.to(device), faces.to(device))
        optimizer.zero_grad(set_to_none=True)
        wrong.total().backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(net)
        step += 1
        if step % 200 == 0 or step == steps:
            values = ", ".join(f"{name} {v.item():.3f}" for name, v in wrong._asdict().items())
            logging.info("step %d of %d: %s", step, steps, values)
        if time.monotonic() - saved > CHECKPOINT_S or step == steps:
            _save(checkpoint, parts, step)
            saved = time.monotonic()
    weights = work / "findernet.pt"
    torch.save(average.module.state_dict(), weights)
    return weights


def _one_step(net: FinderNet, batch: torch.Tensor, faces: torch.Tensor) -> Any:
    net.train()
    picture = batch[:, None].float().contiguous(memory_format=torch.channels_last)
    # On processors half precision is slower, but for the newest.
    with torch.autocast(picture.device.type, torch.bfloat16, enabled=picture.is_cuda):
        maps = net(picture)
    return loss(maps, faces)


def _batches(
    pack: Path, teacher: Path, settings: Settings, step: int, steps: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches from `step` on: which pictures are in a batch depends on its number alone."""
    faces = _labelled(pack, teacher, settings.workers)
    size = settings.pool
    images = np.empty((size, SIDE, SIDE), np.uint8)
    rows = np.empty((size, MOST_FACES, 15), np.float32)
    first = max(0, _composed(settings, step) - size) // CHUNK
    made = first * CHUNK
    last = math.ceil(_composed(settings, steps) / CHUNK)
    arguments = (pack, teacher, faces, settings.seed)
    with get_context("spawn").Pool(settings.workers, _begin, arguments) as pool:
        chunks = pool.imap(_chunk, range(first, last))
        for at in range(step, steps):
            while made < _composed(settings, at):
                chunk_images, chunk_rows = next(chunks)
                where = np.arange(made, made + CHUNK) % size
                images[where], rows[where] = chunk_images, chunk_rows
                made += CHUNK
            rng = np.random.default_rng([settings.seed, 1, at])
            there = _composed(settings, at)
            drawn = rng.integers(max(0, there - size + CHUNK), there, settings.batch) % size
            yield torch.from_numpy(images[drawn]), torch.from_numpy(rows[drawn])


def _composed(settings: Settings, step: int) -> int:
    """How many pictures are composed before a step."""
    begin = min(settings.pool // 4, 4096)
    return begin + int(step * settings.batch / settings.reuse)


def _labelled(pack: Path, teacher: Path, workers: int) -> list[np.ndarray]:
    """The teacher's faces of each picture in a pack, kept beside it."""
    kept = pack.with_name("faces.npz")
    if not kept.is_file():
        logging.info("the teacher looks at the pictures")
        sources = [picture for picture, _ in pictures.read_pack(pack)]
        with get_context("spawn").Pool(workers, _begin_teaching, (teacher,)) as pool:
            found = pool.map(_thorough, sources, chunksize=16)
        with replacing(kept) as part, open(part, "wb") as file:
            np.savez(file, faces=np.concatenate(found), count=np.array([len(f) for f in found]))
    with np.load(kept) as stored:
        return np.split(stored["faces"], np.cumsum(stored["count"])[:-1])


_teacher: Teacher
_composer: Composer


def _begin_teaching(teacher: Path) -> None:
    global _teacher
    cv2.setNumThreads(1)
    _teacher = Teacher(teacher)


def _thorough(picture: np.ndarray) -> np.ndarray:
    return _teacher.thorough(picture)


def _begin(pack: Path, teacher: Path, faces: list[np.ndarray], seed: int) -> None:
    global _composer
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _composer = Composer(pictures.read_pack(pack), faces, Teacher(teacher), seed)


def _chunk(index: int) -> tuple[np.ndarray, np.ndarray]:
    lessons = [_composer.lesson(index * CHUNK + i) for i in range(CHUNK)]
    return np.stack([one.picture for one in lessons]), np.stack([one.faces for one in lessons])


def _save(path: Path, parts: dict[str, Any], step: int) -> None:
    part = path.with_suffix(".part")
    torch.save({"step": step, **{name: p.state_dict() for name, p in parts.items()}}, part)
    part.replace(path)


def _restore(path: Path, parts: dict[str, Any]) -> int:
    if not path.is_file():
        return 0
    stored = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(stored[name])
    logging.info("carrying on after step %d", stored["step"])
    return int(stored["step"])


if __name__ == "__main__":
    raise SystemExit(main())
