// Turns a TensorFlow.js layers model of plain convolutions into ONNX, with height and width left open.
import { LayoutGraph } from './onnx/layout-graph.mjs';
import { permute, sizeOf } from './onnx/numbers.mjs';

/** Weights by name; all are stored as 32-bit floats one after the other. */
function readWeights(model, bytes) {
  const weights = new Map();
  let at = 0;
  for (const { name, shape, dtype, quantization } of model.weightsManifest.flatMap((group) => group.weights)) {
    if (dtype !== 'float32' || quantization) throw new Error(`weight ${name} is not a plain float`);
    const length = sizeOf(shape);
    const copy = bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + 4 * length);
    weights.set(name, { shape, data: new Float32Array(copy) });
    at += 4 * length;
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
