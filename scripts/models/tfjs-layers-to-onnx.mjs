// Turns a TensorFlow.js layers model of plain convolutions into ONNX, with height and width left open.
import { LayoutGraph } from './onnx/layout-graph.mjs';
import { permute, sizeOf } from './onnx/numbers.mjs';

const WIDTHS = { float32: Float32Array, uint16: Uint16Array, uint8: Uint8Array };

/** Weights by name, stored one after the other as 32-bit floats, or as whole numbers with a scale and a least value. */
function readWeights(model, bytes) {
  const weights = new Map();
  let at = 0;
  for (const { name, shape, dtype, quantization } of model.weightsManifest.flatMap((group) => group.weights)) {
    const Stored = WIDTHS[quantization?.dtype ?? dtype];
    if (dtype !== 'float32' || !Stored) throw new Error(`weight ${name} is stored as ${quantization?.dtype ?? dtype}`);
    const size = sizeOf(shape) * Stored.BYTES_PER_ELEMENT;
    const copy = new Stored(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + size));
    const data = quantization ? Float32Array.from(copy, (v) => v * quantization.scale + quantization.min) : copy;
    weights.set(name, { shape, data });
    at += size;
  }
  return weights;
}

/**
 * @param {Buffer} json the model.json
 * @param {Buffer} bytes its weights
 * @param {{name: string, input: string, output: string}} net
 * @returns {LayoutGraph}
 */
export function tfjsLayersToOnnx(json, bytes, net) {
  const model = JSON.parse(json);
  const weights = readWeights(model, bytes);
  const { layers, output_layers: outputLayers } = model.modelTopology.model_config.config;
  const graph = new LayoutGraph(net.name, { freeSize: true });
  const known = new Map();
  // A name with the factor in it: PixelShuffle4x. Tensorflow's depth_to_space keeps the channels last in a block (DCR).
  const shuffle =
    (factor) =>
    ([x]) => ({
      name: graph.op('DepthToSpace', [x.name], { blocksize: factor, mode: 'DCR' }),
      channels: x.shape[3] / factor ** 2,
    });
  const activate = (name, kind) => {
    if (kind === 'linear') return name;
    if (kind === 'relu') return graph.op('Relu', [name]);
    if (kind === 'sigmoid') return graph.op('Sigmoid', [name]);
    if (kind === 'tanh') return graph.op('Tanh', [name]);
    throw new Error(`${net.name}: activation ${kind} is not supported`);
  };
  const convert = {
    Conv2D: ([x], { name, padding, strides, activation }) => {
      const kernel = weights.get(`${name}/kernel`);
      const [h, w, into, out] = kernel.shape;
      const centred = padding === 'same' && h % 2 === 1 && w % 2 === 1;
      if ((!centred && h * w > 1) || strides.some((s) => s !== 1))
        throw new Error(`${net.name}: layer ${name} is not a plain "same" convolution`);
      const weight = { data: permute(kernel.data, kernel.shape, [3, 2, 0, 1]), dims: [out, into, h, w] };
      const [top, left] = [(h - 1) / 2, (w - 1) / 2];
      const y = graph.conv(x, weight, {
        bias: weights.get(`${name}/bias`)?.data,
        strides: [1, 1],
        pads: [top, left, top, left],
      });
      return { name: activate(y, activation), channels: out };
    },
    Activation: ([x], { activation }) => ({ name: activate(x.name, activation), channels: x.shape[3] }),
    Add: (inputs) => ({
      name: graph.op(
        'Sum',
        inputs.map((x) => x.name),
      ),
      channels: inputs[0].shape[3],
    }),
    Concatenate: (inputs) => ({
      name: graph.op(
        'Concat',
        inputs.map((x) => x.name),
        { axis: 1 },
      ),
      channels: inputs.reduce((sum, x) => sum + x.shape[3], 0),
    }),
    MultiplyBeta: ([x], { beta = 0.2 }) => ({
      name: graph.op('Mul', [x.name, graph.floats([beta])]),
      channels: x.shape[3],
    }),
    PixelShuffle2x: shuffle(2),
    PixelShuffle3x: shuffle(3),
    PixelShuffle4x: shuffle(4),
    UpSampling2D: ([x], { size, interpolation }) => {
      if (interpolation !== 'nearest') throw new Error(`${net.name}: only nearest upsampling is supported`);
      const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
      return {
        name: graph.op('Resize', [x.name, '', graph.floats([1, 1, ...size])], attributes),
        channels: x.shape[3],
      };
    },
  };
  for (const { class_name: type, name, config, inbound_nodes: inbound } of layers) {
    if (type === 'InputLayer') {
      const given = graph.input(net.input, [1, 0, 0, config.batch_input_shape[3]]);
      known.set(name, graph.tensor(graph.channelsFirst(given), given.shape, true));
      continue;
    }
    if (!convert[type]) throw new Error(`${net.name}: layer type ${type} is not supported`);
    const inputs = inbound[0].map(([from]) => known.get(from));
    const made = convert[type](inputs, config);
    known.set(name, graph.tensor(made.name, [1, 0, 0, made.channels], true));
  }
  graph.output(net.output, known.get(outputLayers[0][0]));
  return graph;
}
