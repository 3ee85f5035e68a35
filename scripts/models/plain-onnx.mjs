// A net that is published as ONNX already: the file is taken as it is, and only what the card says is read from it.
import * as ort from 'onnxruntime-node';

/**
 * @param {Buffer} bytes the .onnx file
 * @returns {Promise<{encode: () => Buffer, signature: {inputs: object[], outputs: object[]}}>}
 */
export async function plainOnnx(bytes) {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const spec = ({ name, type, shape }) => ({
    name,
    dtype: type,
    dims: shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
  });
  return {
    encode: () => bytes,
    signature: { inputs: session.inputMetadata.map(spec), outputs: session.outputMetadata.map(spec) },
  };
}
