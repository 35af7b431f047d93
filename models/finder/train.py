"""Train FinderNet.

`python -m laughtrack.models.finder.train --data FOLDER --teacher YUNET.onnx`, in the finder's
training environment. Interrupted, the same command carries on from the last checkpoint. With
`--start WEIGHTS` it goes on from a training that is done, and shows often what those weights took
for a face where there is none.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from laughtrack.edge import console
from laughtrack.models.finder import pictures
from laughtrack.models.finder.batches import Settings, batches, beginning, digest_of
from laughtrack.models.finder.targets import loss

DEFAULT_WORK = Path.home() / ".cache" / "laughtrack" / "finder"
CHECKPOINT_S = 120.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default="../shared/data", help="the sets' folder")
    parser.add_argument("--teacher", type=Path, required=True, help="YuNet's ONNX file")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="pictures and checkpoints")
    defaults = Settings()
    parser.add_argument("--pictures", type=int, default=defaults.pictures, help="to look at")
    parser.add_argument("--start", type=Path, help="weights to go on from (findernet.pt)")
    parser.add_argument("--rate", type=float, default=defaults.peak, help="highest learning rate")
    parser.add_argument("--negatives", type=Path, help="folder of pictures without faces")
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
        peak=options.rate,
        start=options.start,
    )
    try:
        pack = options.work / "pictures.npz"
        if not pack.is_file():
            options.work.mkdir(parents=True, exist_ok=True)
            natural = pictures.natural_pictures(options.data, negatives=options.negatives)
            if not pictures.write_pack(pack, natural):
                raise ValueError(f"{options.data}: no pictures of any set there")
        elif options.negatives and not pictures.has_kind(pack, "empty"):
            raise ValueError(f"{pack}: made without --negatives; name another --work")
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
    net = beginning(settings.start).to(device, memory_format=torch.channels_last)
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
    begun = {"start": digest_of(settings.start)}
    step = _restore(checkpoint, parts, begun)
    saved = time.monotonic()
    for batch, faces in batches(pack, teacher, settings, step, steps):
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
            _save(checkpoint, parts, begun | {"step": step})
            saved = time.monotonic()
    weights = work / "findernet.pt"
    torch.save(average.module.state_dict(), weights)
    return weights


def _one_step(net: torch.nn.Module, batch: torch.Tensor, faces: torch.Tensor) -> Any:
    net.train()
    picture = batch[:, None].float().contiguous(memory_format=torch.channels_last)
    # On processors half precision is slower, but for the newest.
    with torch.autocast(picture.device.type, torch.bfloat16, enabled=picture.is_cuda):
        maps = net(picture)
    return loss(maps, faces)


def _save(path: Path, parts: dict[str, Any], more: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    torch.save(more | {name: p.state_dict() for name, p in parts.items()}, part)
    part.replace(path)


def _restore(path: Path, parts: dict[str, Any], begun: dict[str, Any]) -> int:
    """Take a checkpoint's state; return how many steps it has done."""
    if not path.is_file():
        return 0
    stored = torch.load(path, weights_only=True)
    if stored["start"] != begun["start"]:
        raise ValueError(f"{path}: of a training with another --start; name another --work")
    for name, part in parts.items():
        part.load_state_dict(stored[name])
    logging.info("carrying on after step %d", stored["step"])
    return int(stored["step"])


if __name__ == "__main__":
    raise SystemExit(main())
