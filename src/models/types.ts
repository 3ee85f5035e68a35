/** A trained net as a file, and how it is run. Types only. */

/** One input or output of a net. A dimension of -1 is free. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: 'float32' | 'int64' | 'int32' | 'bool';
  readonly dims: readonly number[];
  /** Value range, channel order, meaning. */
  readonly means: string;
}

/** What stands beside every net that ships: `models/<id>.json` for `models/<id>.onnx`. */
export interface ModelCard {
  readonly id: string;
  readonly title: string;
  readonly task: string;
  readonly licence: string;
  /** Pinned package and file, or the training script, that the file was made from. */
  readonly source: {
    readonly package?: string;
    readonly file?: string;
    readonly sha256?: string;
    readonly script: string;
  };
  readonly year: number;
  readonly vendor: string;
  readonly trainedOn: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly knownFailures: readonly string[];
}

/** A tensor that crosses to a session worker. */
export interface TensorValue {
  readonly dtype: 'float32' | 'int64' | 'int32' | 'bool';
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
}
