// Turns a TensorFlow.js layers model that classifies pictures (MobileNet and its kin) into ONNX. Weights that were
// published as bytes stay bytes in the file; the runtime widens them when it loads. The model also runs once in
// TensorFlow.js, which is installed into the cache for this, so that both can be compared.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LayoutGraph } from './onnx/layout-graph.mjs';
import { permute, samePadding, sizeOf } from './onnx/numbers.mjs';
import { installed } from './packages.mjs';

const TFJS = {
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-layers': '4.22.0',
  '@tensorflow/tfjs-backend-cpu': '4.22.0',
};

/** Weights by name, as the bytes they were published as. */
function readWeights(model, bytes) {
  const weights = new Map();
  let at = 0;
  for (const { name, shape, dtype, quantization } of model.weightsManifest.flatMap((group) => group.weights)) {
    if (dtype !== 'float32' || quantization?.dtype !== 'uint8')
      throw new Error(`weight ${name} is not stored as bytes`);
    const { scale, min } = quantization;
    weights.set(name, { shape, data: Uint8Array.from(bytes.subarray(at, at + sizeOf(shape))), scale, min });
    at += sizeOf(shape);
  }
  if (at !== bytes.length) throw new Error(`the weights hold ${bytes.length} bytes in place of ${at}`);
  return weights;
}

/** What TensorFlow.js makes of a made-up picture. */
async function reference(model, bytes, net) {
  const require = createRequire(join(installed('tfjs-layers', TFJS), 'package.json'));
  const tf = require('@tensorflow/tfjs-core');
  require('@tensorflow/tfjs-backend-cpu');
  const { loadLayersModel } = require('@tensorflow/tfjs-layers');
  await tf.setBackend('cpu');
  const loaded = await loadLayersModel({
    load: async () => ({
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    }),
  });
  const shape = loaded.inputs[0].shape.map((dim) => dim ?? 1);
  // Smooth waves: a picture of noise alone would not reach most of the net.
  const data = Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => 0.5 + 0.4 * Math.sin(i / 37) * Math.cos(i / 5011),
  );
  return {
    inputs: { [net.input]: { shape, data } },
    outputs: new Map([[net.output, loaded.predict(tf.tensor(data, shape)).dataSync()]]),
  };
}

/**
 * @param {object} model the model.json
 * @param {Buffer} bytes its weights
 * @param {{name: string, input: string, output: string}} net
 * @returns {Promise<LayoutGraph>} with `reference`
 */
export async function tfjsClassifierToOnnx(model, bytes, net) {
  const weights = readWeights(model, bytes);
  const { layers, output_layers: outputLayers } = model.modelTopology.model_config.config;
  const graph = new LayoutGraph(net.name);
  const known = new Map();
  /** A weight under a name in the graph; `order` swaps its axes, `dims` is its shape then. */
  const weight = (name, order, dims) => {
    const { data, shape, scale, min } = weights.get(name);
    const swapped = order ? permute(data, shape, order) : data;
    return graph.quantised(swapped, dims ?? (order ? order.map((axis) => shape[axis]) : shape), scale, min);
  };
  const activate = (name, kind) => {
    if (kind === 'linear') return name;
    if (kind === 'relu') return graph.op('Relu', [name]);
    if (kind === 'softmax') return graph.op('Softmax', [name], { axis: 1 });
    throw new Error(`${net.name}: activation ${kind} is not supported`);
  };
  const picture = (name, shape, pad) => ({ ...graph.tensor(name, shape, true), pad });
  const convolve = (x, config, kernel, kernelSize, channels, group) => {
    const { name, strides, padding, use_bias: bias, activation, dilation_rate: dilations = [1, 1] } = config;
    const size = x.shape.slice(1, 3);
    const same = size.map((side, i) => samePadding(side, kernelSize[i], strides[i], dilations[i]));
    const given = x.pad ?? [
      [0, 0],
      [0, 0],
    ];
    if (padding === 'same' && x.pad) throw new Error(`${net.name}: layer ${name} pads twice`);
    const [rows, columns] = padding === 'same' ? same : given;
    const inputs = [graph.channelsFirst(x), kernel];
    if (bias) inputs.push(weight(`${name}/bias`));
    const pads = [rows[0], columns[0], rows[1], columns[1]];
    const made = graph.op('Conv', inputs, { strides, dilations, pads, group, kernel_shape: kernelSize });
    const sides = size.map((side, i) => {
      const [before, after] = [rows, columns][i];
      return Math.floor((side + before + after - (dilations[i] * (kernelSize[i] - 1) + 1)) / strides[i]) + 1;
    });
    return picture(activate(made, activation), [1, ...sides, channels]);
  };
  const convert = {
    ZeroPadding2D: ([x], { padding }) => picture(graph.channelsFirst(x), x.shape, padding),
    Conv2D: ([x], config) => {
      const { shape } = weights.get(`${config.name}/kernel`);
      const kernel = weight(`${config.name}/kernel`, [3, 2, 0, 1]);
      return convolve(x, config, kernel, shape.slice(0, 2), shape[3], 1);
    },
    DepthwiseConv2D: ([x], config) => {
      const { shape } = weights.get(`${config.name}/depthwise_kernel`);
      if (shape[3] !== 1) throw new Error(`${net.name}: layer ${config.name} multiplies its channels`);
      const kernel = weight(`${config.name}/depthwise_kernel`, [2, 3, 0, 1]);
      return convolve(x, config, kernel, shape.slice(0, 2), shape[2], shape[2]);
    },
    BatchNormalization: ([x], { name, epsilon }) => {
      const parts = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((part) => weight(`${name}/${part}`));
      const made = graph.op('BatchNormalization', [graph.channelsFirst(x), ...parts], { epsilon: { float: epsilon } });
      return picture(made, x.shape);
    },
    ReLU: ([x], { name, max_value: most, negative_slope: slope, threshold }) => {
      if (most !== 6 || slope || threshold) throw new Error(`${net.name}: layer ${name} is not a plain relu6`);
      return picture(graph.clip(graph.channelsFirst(x), 0, 6), x.shape);
    },
    Add: (inputs) =>
      picture(
        graph.op(
          'Sum',
          inputs.map((x) => graph.channelsFirst(x)),
        ),
        inputs[0].shape,
      ),
    AveragePooling2D: ([x], { name, pool_size: pool, padding }) => {
      if (padding !== 'valid' || pool.some((side, i) => side !== x.shape[1 + i]))
        throw new Error(`${net.name}: layer ${name} does not take the mean of the whole picture`);
      return picture(graph.op('GlobalAveragePool', [graph.channelsFirst(x)]), [1, 1, 1, x.shape[3]]);
    },
    Flatten: ([x], { name }) => {
      if (x.shape[1] !== 1 || x.shape[2] !== 1) throw new Error(`${net.name}: layer ${name} flattens a picture`);
      return graph.tensor(graph.op('Flatten', [graph.channelsFirst(x)], { axis: 1 }), [1, x.shape[3]]);
    },
    Dropout: ([x]) => x,
    Dense: ([x], { name, activation }) => {
      const { shape } = weights.get(`${name}/kernel`);
      const made = graph.op('Gemm', [graph.nameOf(x), weight(`${name}/kernel`), weight(`${name}/bias`)]);
      return graph.tensor(activate(made, activation), [1, shape[1]]);
    },
  };
  for (const { class_name: type, name, config, inbound_nodes: inbound } of layers) {
    if (type === 'InputLayer') known.set(name, graph.input(net.input, [1, ...config.batch_input_shape.slice(1)]));
    else if (!convert[type]) throw new Error(`${net.name}: layer type ${type} is not supported`);
    else
      known.set(
        name,
        convert[type](
          inbound[0].map(([from]) => known.get(from)),
          config,
        ),
      );
  }
  graph.output(net.output, known.get(outputLayers[0][0]));
  graph.reference = await reference(model, bytes, net);
  return graph;
}
