"""Step 5: the trained net as ONNX.

  python3 training/detect/blend/export.py <final.pt> <out.onnx>
"""
import sys

import torch

from net import SIDE, BlendNet

net = BlendNet()
net.load_state_dict(torch.load(sys.argv[1])['net'])
net.eval()
torch.onnx.export(net, torch.rand(2, 3, SIDE, SIDE), sys.argv[2], opset_version=13, input_names=['image'],
                  output_names=['seam', 'logits'], dynamic_axes={n: {0: 'faces'} for n in ('image', 'seam', 'logits')})
