'use strict';
// Section 2.3 and chapter 3: the coder of a stream, raw bits and constants.
const { check, ceilDiv, LIMITS } = require('./cursor');
const PACKED = 0, ZSTD = 1, CONSTANT = 2, RANS = 3, RANS_CONTEXT = 5, LIFT = 6;
Object.assign(exports, { RANS, RANS_MIXTURE: 4, RANS_CONTEXT });

exports.makeElements = (width, count) => // no field has more than 21 bits
  width <= 8 ? new Uint8Array(count) : width <= 16 ? new Uint16Array(count) : new Uint32Array(count);

exports.decodeStream = (cursor, place, count) => { // [LAY-020]
  const coder = cursor.uint(1);
  check(coder <= LIFT, 'UNKNOWN_CODER');
  check([PACKED, CONSTANT, RANS].includes(coder) || !place.nested, 'UNKNOWN_CODER'); // [CTX-001] [RNS-036]
  if (coder === PACKED) return exports.decodePacked(cursor, place.width, count);
  if (coder === CONSTANT) return decodeConstant(cursor, place.width, count);
  if (coder === ZSTD) return decodeZstd(cursor, place.width, count);
  check(place.width <= LIMITS.CODED_WIDTH_MAX, 'UNKNOWN_CODER');
  return coder === LIFT ? decodeLift(cursor, place, count) : decodeRans(cursor, place, count, coder);
};

exports.decodeNested = (cursor, width, count) => // [CTX-001]
  exports.decodeStream(cursor, { width, sets: [], nested: true, lift: null }, count);

exports.decodePacked = (cursor, width, count) => { // [RAW-001]
  const packed = cursor.take(ceilDiv(count * width, 8));
  const used = (count * width) % 8;
  check(used === 0 || packed[packed.length - 1] >> used === 0, 'NONZERO_PAD'); // [RAW-002]
  const elements = exports.makeElements(width, count);
  const mask = 2 ** width - 1;
  let at = 0, spare = 0, have = 0;
  for (let i = 0; i < count; i++) {
    while (have < width) {
      spare |= packed[at++] << have;
      have += 8;
    }
    elements[i] = spare & mask;
    spare >>>= width;
    have -= width;
  }
  return elements;
};

function decodeConstant(cursor, width, count) { // [RAW-010]
  const value = cursor.uint(ceilDiv(width, 8));
  check(value < 2 ** width, 'BAD_VALUE'); // [RAW-011]
  return exports.makeElements(width, count).fill(value);
}

// Last, because these modules need the functions above: nested streams make the imports a circle.
const { decodeZstd } = require('./zstd');
const { decodeRans, decodeLift } = require('./rans');
