'use strict';
// Chapter 2: a chunk is cut into blocks, fields and streams, by a layout's row in the registry.
const { check, Cursor, LAYOUTS } = require('./cursor');
const { decodeStream } = require('./streams');

const runCount = (run) => run.dims.reduce((count, size) => count * size, 1);

exports.fieldCount = (field) => field.runs.reduce((sum, run) => sum + runCount(run), 0); // [LAY-012]

exports.decodeChunk = (payload, contentLength, sets) => { // [LAY-001] [LAY-003]
  const cursor = new Cursor(payload, 'PAYLOAD_SHORT');
  const layout = LAYOUTS.get(cursor.uint(2));
  check(layout, 'UNKNOWN_LAYOUT'); // [LAY-005]
  const blocks = Math.floor(contentLength / layout.block_bytes);
  check(blocks >= 1, 'BAD_LENGTH'); // [LAY-002]
  const tail = cursor.take(contentLength % layout.block_bytes);
  const values = {};
  layout.fields.forEach((field, number) => {
    const place = { layout, field: number, width: field.width, values, sets, nested: false, lift: null };
    values[field.name] = decodeStream(cursor, place, blocks * exports.fieldCount(field));
  });
  check(cursor.left() === 0, 'PAYLOAD_LONG');
  const content = Buffer.alloc(contentLength); // zeroed: pieces are joined with |
  for (const field of layout.fields) joinField(content, layout, field, blocks, values[field.name]);
  tail.copy(content, contentLength - tail.length); // [LAY-004]
  return content;
};

function joinField(content, layout, field, blocks, elements) { // [LAY-013]
  const count = exports.fieldCount(field);
  const ofBlock = layout.planar ? 1 : count; // [LAY-014]
  const ofElement = layout.planar ? blocks : 1;
  let first = 0;
  for (const run of field.runs) {
    let low = 0;
    for (const piece of run.pieces) {
      pieceBits(run, piece).forEach((bit, i) => {
        const from = { elements, at: (first + i) * ofElement, step: ofBlock, low };
        joinPiece(content, layout.block_bytes, blocks, from, piece.width, bit);
      });
      low += piece.width;
    }
    first += runCount(run);
  }
}

// The block bits at which a piece starts, the last index running fastest [LAY-011].
function pieceBits(run, piece) {
  let starts = [piece.bit];
  run.dims.forEach((size, axis) => {
    starts = starts.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * piece.strides[axis]));
  });
  return starts;
}

// One piece of one element, in all blocks [LAY-010]. Pieces have at most 21 bits, so that with the shift
// within a byte they stay below 2^31.
function joinPiece(content, blockBytes, blocks, from, width, bit) {
  const mask = 2 ** width - 1;
  const shift = bit & 7;
  let source = from.at;
  let target = bit >> 3;
  for (let b = 0; b < blocks; b++) {
    let value = ((from.elements[source] >>> from.low) & mask) << shift;
    for (let at = target; value !== 0; at++) {
      content[at] |= value;
      value >>>= 8;
    }
    source += from.step;
    target += blockBytes;
  }
}
