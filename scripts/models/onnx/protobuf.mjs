// A writer of protobuf messages: just enough to write ONNX files without a library.

/** A message under construction. Every method returns the message itself. */
export class Message {
  #parts = [];

  #varint(value) {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes = [];
    do {
      const low = Number(rest & 127n);
      rest >>= 7n;
      bytes.push(rest ? low | 128 : low);
    } while (rest);
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  /** A whole number. */
  int(field, value) {
    return this.#varint(field << 3).#varint(value);
  }

  /** A 32-bit float. */
  float(field, value) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.#varint((field << 3) | 5).#parts.push(bytes);
    return this;
  }

  /** Bytes, a text, or another message. */
  bytes(field, value) {
    const bytes = value instanceof Message ? value.done() : Buffer.from(value);
    this.#varint((field << 3) | 2)
      .#varint(bytes.length)
      .#parts.push(bytes);
    return this;
  }

  /** The encoded message. */
  done() {
    return Buffer.concat(this.#parts);
  }
}
