// Decoding of packets and frames (docs/live.md).

const ARRAYS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };

/** Bytes in whatever form the component bridge hands them over. */
export function toBytes(value) {
  if (!value) return null;
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === "string") return Uint8Array.from(atob(value), (c) => c.charCodeAt(0));
  return Uint8Array.from(Array.isArray(value) ? value : Object.values(value));
}

/**
 * Header of a packet, with each frame's `bytes` (still compressed) put beside its step; `blob` is
 * what follows the header.
 * @throws {Error} where the bytes are not a packet.
 */
export function decodePacket(bytes) {
  if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== "RDF1") {
    throw new Error("The server's answer is not a packet.");
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const blobs = 8 + length;
  header.blob = bytes.subarray(blobs);
  for (const frame of header.frames || []) {
    // A copy: a view would keep the whole packet in memory for as long as one frame lives.
    frame.bytes = bytes.slice(blobs + frame.offset, blobs + frame.offset + frame.length);
  }
  return header;
}

/** {step, epoch, info, arrays: {name: {shape, data}}} of one compressed frame. */
export async function decodeFrame(compressed) {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = 4 + length;
  const arrays = {};
  for (const { name, dtype, shape, offset, length: size } of header.arrays) {
    // Sliced: an array's place in the buffer need not be aligned to its item size.
    const Kind = ARRAYS[dtype];
    if (Kind) arrays[name] = { shape, data: new Kind(buffer.slice(start + offset, start + offset + size)) };
  }
  return { step: header.step, epoch: header.epoch, info: header.info || {}, arrays };
}

const CAP = 80;
const DECODED = 12;

/** The frames of one run, compressed, ordered by step; the last few decoded ones are kept. */
export class FrameStore {
  constructor() {
    this.frames = [];
    this.decoded = new Map();
  }

  /** Adds frames; above the cap those closest to their neighbours in log step go. */
  add(frames, thin = true) {
    for (const { step, epoch, bytes } of frames) {
      const at = this.frames.findIndex((f) => f.step >= step);
      if (at >= 0 && this.frames[at].step === step) continue;
      this.frames.splice(at < 0 ? this.frames.length : at, 0, { step, epoch, bytes });
    }
    while (thin && this.frames.length > CAP) this.frames.splice(this.weakest(), 1);
  }

  weakest() {
    let best = 1;
    let smallest = Infinity;
    for (let i = 1; i < this.frames.length - 1; i++) {
      const gap = Math.log((this.frames[i + 1].step + 1) / (this.frames[i - 1].step + 1));
      if (gap < smallest) [best, smallest] = [i, gap];
    }
    return best;
  }

  get last() {
    return this.frames[this.frames.length - 1];
  }

  async decode(frame) {
    const known = this.decoded.get(frame.step);
    if (known) {
      this.decoded.delete(frame.step);
      this.decoded.set(frame.step, known);
      return known;
    }
    const value = await decodeFrame(frame.bytes);
    this.decoded.set(frame.step, value);
    if (this.decoded.size > DECODED) this.decoded.delete(this.decoded.keys().next().value);
    return value;
  }
}
