"""Crops on disk (training/detect/crops.ts) as arrays."""
import json
import os

import numpy as np


class Crops:
    def __init__(self, folder):
        with open(os.path.join(folder, 'index.json')) as f:
            self.index = json.load(f)
        self.rgb = np.memmap(os.path.join(folder, 'crops.rgb'), np.uint8, 'r')
        self.points = np.fromfile(os.path.join(folder, 'points.f32'), np.float32).reshape(-1, 478, 2)

    def __len__(self):
        return len(self.index)

    def picture(self, i):
        e = self.index[i]
        return np.array(self.rgb[e['at']:e['at'] + 3 * e['side'] ** 2]).reshape(e['side'], e['side'], 3)
