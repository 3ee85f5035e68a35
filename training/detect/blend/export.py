"""Step 5: the trained nets as one ONNX net that answers with their mean.

  python3 training/detect/blend/export.py <out.onnx> <final.pt> [<final.pt> ...]

Each net was trained without the sources that the others are tested on, so figures of each are of sources left out."""
import sys

import torch
from torch import nn

from net import SIDE, BlendNet


class Mean(nn.Module):
    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x):
        seams, logits = zip(*(net(x) for net in self.nets))
        return torch.stack(seams).mean(0), torch.stack(logits).mean(0)


nets = []
for path in sys.argv[2:]:
    net = BlendNet()
    net.load_state_dict(torch.load(path)['net'])
    nets.append(net)
torch.onnx.export(Mean(nets).eval(), torch.rand(2, 3, SIDE, SIDE), sys.argv[1], opset_version=13, input_names=['image'],
                  output_names=['seam', 'logits'], dynamic_axes={n: {0: 'faces'} for n in ('image', 'seam', 'logits')})
