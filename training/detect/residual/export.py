"""Writes models/residual-1.onnx and -2.onnx with their cards from the nets of both folds, and a reference for the test.

    python3 training/detect/residual/export.py <name> <name>

The graph takes N windows and gives their logits and, for the heat map, the logit of each cell: the logit of a window is
the mean of its cells, because the head is linear and stands behind a mean."""
import hashlib
import json
import sys

import numpy as np
import onnx
import torch
import torch.nn as nn

from nets import restored
from pictures import FOLDS
from train import CACHE


class Shipped(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, windows):
        maps = self.net.maps(windows)
        head = self.net.head
        cells = torch.nn.functional.conv2d(maps, head.weight[:, :, None, None], head.bias)[:, 0]
        return cells.mean((1, 2)), cells


def graph_of(name, path, offset=0):
    """Writes a trained net as ONNX, less what it gives genuine faces; gives its options and step, the net, and the shape
    of its cells."""
    kept = torch.load(f"{CACHE}/{name}.pt")
    net = restored(kept)
    net.head.bias.data -= offset
    shipped, size = Shipped(net).eval(), kept["options"]["size"]
    x = torch.rand(2, 3, size, size)
    axes = {k: {0: "n"} for k in ("windows", "logits", "cells")}
    torch.onnx.export(shipped, (x,), path, opset_version=13, input_names=["windows"], output_names=["logits", "cells"], dynamic_axes=axes)
    with torch.no_grad():
        logits, cells = shipped(x)
    assert torch.allclose(logits, net(x), atol=1e-3)
    graph = onnx.load(path)
    graph.producer_name, graph.producer_version = "likeness", ""
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(graph)
    onnx.save(graph, path)
    return kept, net, cells.shape[1:]


PEOPLE = {"zoya": "FFHQ", "lfw": "LFW", "grid": "the GRID corpus", "hard_sg2": "Unsplash", "facemask": "the web"}
DRAWN = {"stylegan2": "StyleGAN", "stylegan1": "StyleGAN2"}


def main(names):
    """One net is not trained on what the other is tested on, so both ship: any figure of theirs is of sources left out."""
    references = []
    offsets = json.load(open("training/detect/residual/offsets.json"))
    for number, name in enumerate(names, 1):
        id = f"residual-{number}"
        path = f"models/{id}.onnx"
        kept = torch.load(f"{CACHE}/{name}.pt")
        offset = offsets[f"synthesis-residual-{kept['options']['fold']}"]
        kept, net, cells = graph_of(name, path, offset)
        fold, size = kept["options"]["fold"], kept["options"]["size"]
        data = open(path, "rb").read()
        people = [PEOPLE[s] for s in FOLDS[fold]["train"] if s in PEOPLE]
        card = {
            "id": id,
            "title": f"Synthesis residual, net {number} of {len(names)}",
            "task": "whether a face was drawn as a whole by a net",
            "licence": "Apache-2.0; started from weights under the MIT licence (card `explicit`)",
            "source": {"script": "training/detect/residual/train.py, export.py"},
            "year": 2026,
            "vendor": "Likeness",
            "trainedOn": f"photographed faces of {', '.join(people)}; faces that {DRAWN[fold]} drew, and the photographs rebuilt by upscaling nets. None of the pictures ships",
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
            "inputs": [{"name": "windows", "dtype": "float32", "dims": [-1, 3, size, size], "means": "RGB, 0..1; the square round a face and parts of it, see src/detect/detectors/residual/windows.ts"}],
            "outputs": [
                {"name": "logits", "dtype": "float32", "dims": [-1], "means": "above 0: more like generated faces; not calibrated"},
                {"name": "cells", "dtype": "float32", "dims": [-1, *cells], "means": "the logit of each place of a window; their mean is its logit"},
            ],
            "knownFailures": json.load(open("training/detect/residual/failures.json")),
        }
        with open(f"models/{id}.json", "w") as file:
            json.dump(card, file, indent=2)
            file.write("\n")
        waves = torch.tensor(reference(size)).permute(2, 0, 1)[None].float() / 255
        references.append({"model": id, "net": name, "step": kept["step"], "logit": round(float(net(waves).detach()), 5)})
        print(path, len(data), "bytes")
    with open("training/detect/residual/reference.json", "w") as file:
        json.dump(references, file, indent=2)
        file.write("\n")


def reference(size):
    """A made-up picture for comparing runtimes: waves of three lengths."""
    y, x = np.mgrid[0:size, 0:size]
    return np.stack([127.5 + 100 * np.sin(x / 7 + c) * np.cos(y / (5 + 3 * c)) for c in range(3)], -1).round().astype(np.uint8)


if __name__ == "__main__":
    main(sys.argv[1:])
