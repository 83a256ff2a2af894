'use strict';
// Chapter 0: notation and errors; chapter 12: the registry, read from the specification's own file.
const fs = require('fs');
const path = require('path');

const SPEC = path.join(__dirname, '..', '..', 'spec');
const registry = JSON.parse(fs.readFileSync(path.join(SPEC, 'registry.json'), 'utf8'));

exports.STANDARD_PROFILE = fs.readFileSync(path.join(SPEC, 'standard.profile'));
exports.LIMITS = Object.fromEntries(registry.limits.map((row) => [row.name, row.value]));
exports.LAYOUTS = new Map(registry.layouts.map((row) => [row.id, row]));
const ERRORS = Object.fromEntries(registry.errors.map((row) => [row.name, row.id]));

class ScapeError extends Error {
  constructor(name) {
    super(name);
    if (!(name in ERRORS)) throw new Error(`no error class ${name}`);
    this.status = ERRORS[name];
  }
}

function check(truth, name) {
  if (!truth) throw new ScapeError(name);
}

// Reads data[position, end) and nothing else; ends with the class `short` where that runs out.
class Cursor {
  constructor(data, short, position = 0, end = data.length) {
    this.data = data;
    this.short = short;
    this.position = position;
    this.end = end;
    this.spare = 0; // bits of the last byte that bits() has not given out
    this.spareCount = 0;
  }

  left() {
    return this.end - this.position;
  }

  // `size` may be a BigInt: it is compared before it is used [SEC-001].
  take(size) {
    check(size <= this.left(), this.short);
    const start = this.position;
    this.position += Number(size);
    return this.data.subarray(start, this.position);
  }

  // At most 6 bytes, so that the value is a safe integer [CNV-011].
  uint(size) {
    return size === 0 ? 0 : this.take(size).readUIntLE(0, size);
  }

  u64() {
    return this.take(8).readBigUInt64LE(0);
  }

  // A Number where it is a safe integer, else a BigInt: callers compare before they calculate [CNV-012].
  varint() { // [CNV-013]
    const value = this.bigVarint();
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  bigVarint() { // [CNV-013]
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      const byte = this.uint(1);
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) {
        check(byte !== 0 || i === 0, 'BAD_VARINT');
        check(value < 1n << 64n, 'BAD_VARINT');
        return value;
      }
    }
    throw new ScapeError('BAD_VARINT'); // [VAL-015]
  }

  zigzag() { // [CNV-014]
    const value = this.bigVarint();
    return value & 1n ? -(value / 2n) - 1n : value / 2n;
  }

  bits(width) { // [CNV-015]
    while (this.spareCount < width) {
      this.spare |= this.uint(1) << this.spareCount;
      this.spareCount += 8;
    }
    const value = this.spare & ((1 << width) - 1);
    this.spare >>>= width;
    this.spareCount -= width;
    return value;
  }

  endBits() { // [TBL-001]
    check(this.spare === 0, 'NONZERO_PAD');
    this.spareCount = 0;
  }
}

exports.ScapeError = ScapeError;
exports.check = check;
exports.Cursor = Cursor;
exports.ceilDiv = (a, b) => Math.floor((a + b - 1) / b);
